// Protects: after fork(), the child's copy of a node fails with ENOTSOCK and harms nothing, and the parent
// goes on.
#include <sys/wait.h>
#include <unistd.h>

#include "support.hpp"

using namespace spot;
using namespace spot::test;

namespace
{
// In the child: 0 when everything is as it should be, else the number of what is not. No doctest there.
int inspect_child(spot_pubsub_t *node)
{
    message_t message;
    const auto closed = [](int result) { return result == -1 && errno == ENOTSOCK; };
    if (!closed(node->publish("t", "from the child")))
        return 1;
    if (!closed(node->bind("tcp://127.0.0.1:0")))
        return 2;
    if (!closed(node->cluster_sync(1000)))
        return 3;
    if (!closed(node->subscribe("t")))
        return 4;
    if (!closed(node->topic_create("child")))
        return 5;
    if (!closed(node->recv(message, 1000)))
        return 6;
    if (!closed(node->poll(1000)))
        return 7;
    if (!closed(node->fd()))
        return 8;
    if (!closed(node->unsubscribe("t")))
        return 9;
    if (!closed(node->cluster_add("tcp://127.0.0.1:1")))
        return 10;
    if (node->close() != 0)
        return 11;
    delete node;
    return 0;
}
}

TEST_CASE("a forked child gets ENOTSOCK from the node it inherited; the parent is unharmed")
{
    const node_ptr server = make_server({"t"});
    spot_pubsub_t *node = make_server({"own"}).release();
    join(*node, *server);
    subscribe(*node, {"t", "own"});
    REQUIRE_OK(server->publish("t", "waits while the child looks"));
    for (int round = 0; round < 3; ++round) {
        const pid_t child = fork();
        REQUIRE(child >= 0);
        if (child == 0)
            _exit(inspect_child(node));
        int status = 0;
        REQUIRE(waitpid(child, &status, 0) == child);
        CHECK(WIFEXITED(status));
        CHECK(WEXITSTATUS(status) == 0);
        if (round == 0)
            CHECK(receive_text(*node) == "t=waits while the child looks");
        REQUIRE_OK(server->publish("t", "after"));
        CHECK(receive_text(*node) == "t=after");
        REQUIRE_OK(node->publish("t", "both ways"));
        CHECK(receive_text(*node) == "t=both ways");
        REQUIRE_OK(node->cluster_sync(patience_ms));
    }
    const fair_watch_t watch;
    delete node;
    CHECK(watch.ms() < rounds(1000, 4000));
}

#ifndef SPOT_TEST_TSAN // which knows no threads in the child of a process that had some
TEST_CASE("a forked child may make nodes of its own")
{
    const node_ptr server = make_server({"t"});
    const std::string endpoint = server->endpoint();
    const node_ptr inherited = make_client();
    subscribe(*server, {"t"});
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        int result = 1;
        {
            spot_pubsub_t own;
            if (own.cluster_add(endpoint) == 0 && own.cluster_sync(patience_ms) == 0 &&
                own.publish("t", "from the child") == 0)
                result = 0;
        }
        _exit(result);
    }
    CHECK(receive_text(*server) == "t=from the child");
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
}
#endif
