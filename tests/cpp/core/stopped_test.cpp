// Protects: a process that was stopped for long (a stalled machine, SIGSTOP) does not take the time in which
// it did not listen for the silence of its peers.
#include "watch.hpp"

#include <csignal>

#include <sys/wait.h>
#include <unistd.h>

using namespace spot;
using namespace spot::test;

namespace
{
constexpr int rounds_stopped = 3;

// In the child: two nodes, and how many peers were told to be down.
int peers_lost_while_stopped(int ready, int go)
{
    spot_pubsub_t server(nullptr, quick(50)), node(nullptr, quick(50));
    if (server.bind("tcp://127.0.0.1:0") != 0 || node.cluster_add(server.endpoint(), patience_ms) != 0)
        return 100;
    watcher_t watcher;
    if (node.watch(watcher) != 0)
        return 101;
    int lost = 0;
    char byte = 'r';
    for (int round = 0; round < rounds_stopped; ++round) {
        // Ready to be stopped, and then: it runs again. What came of the stop shows within some heartbeats.
        if (write(ready, &byte, 1) != 1 || read(go, &byte, 1) != 1)
            return 102;
        event_t event;
        for (const stopwatch_t watch; watch.ms() < 200;)
            if (watcher.recv(event, 10) == 0)
                lost += event.kind == event_kind_t::peer_down;
    }
    return lost;
}
}

TEST_CASE("nodes of a process that was stopped for three time-outs are UP for each other all the while")
{
    int ready[2], go[2];
    REQUIRE(pipe(ready) == 0);
    REQUIRE(pipe(go) == 0);
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0)
        _exit(peers_lost_while_stopped(ready[1], go[0]));
    close(ready[1]);
    char byte;
    int status = 0;
    for (int round = 0; round < rounds_stopped && read(ready[0], &byte, 1) == 1; ++round) {
        kill(child, SIGSTOP);
        REQUIRE(waitpid(child, &status, WUNTRACED) == child);
        REQUIRE(WIFSTOPPED(status));
        std::this_thread::sleep_for(std::chrono::milliseconds(rounds(450, 900))); // three time-outs
        kill(child, SIGCONT);
        REQUIRE(write(go[1], &byte, 1) == 1);
    }
    REQUIRE(waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
    for (const int fd : {ready[0], go[0], go[1]})
        close(fd);
}
