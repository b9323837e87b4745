// Protects: watch() begins with the current state, misses nothing, tells nothing twice, and agrees with
// list_topics() and peers().
#include <poll.h>

#include "watch.hpp"

using namespace spot;
using namespace spot::test;

TEST_CASE("the current state comes first, then what changes")
{
    const node_ptr node = make_server({"a", "b"});
    subscribe(*node, {"b"});
    watcher_t watcher;
    REQUIRE_OK(node->watch(watcher));
    event_t event;
    std::vector<std::string> told;
    while (watcher.recv(event, 0) == 0) {
        told.push_back(event_text(event));
        CHECK(event.peer.empty());
        CHECK(event.node_id == node->node_id());
    }
    CHECK(told == std::vector<std::string>{"+a", "+b", "b=1"});
    CHECK_FAILS(EAGAIN, watcher.recv(event, 0));
    REQUIRE_OK(node->topic_create("c"));
    REQUIRE_OK(watcher.recv(event, 0)); // at once: by the call itself
    CHECK(event_text(event) == "+c");
    REQUIRE_OK(node->topic_destroy("c"));
    REQUIRE_OK(watcher.recv(event, 0));
    CHECK(event_text(event) == "-c");
    REQUIRE_OK(node->topic_create("c"));
    REQUIRE_OK(node->topic_destroy("c"));
    CHECK_FAILS(EAGAIN, watcher.recv(event, 0));
}

TEST_CASE("peers and their topics: up, down, removed, returned as another")
{
    node_ptr server = make_server({"t"});
    const std::string at = server->endpoint();
    const node_ptr node = make_client();
    mirror_t mirror(*node);
    join(*node, *server);
    CHECK(mirror.read_until([&] { return mirror.has("t", at) && mirror.up.count(at) != 0; }));
    CHECK(mirror.up[at] == server->node_id());
    mirror_t late(*node); // sees the same as its state
    late.read();
    CHECK(late.topics == mirror.topics);
    CHECK(late.up == mirror.up);

    REQUIRE_OK(server->topic_create("u"));
    CHECK(mirror.read_until([&] { return mirror.has("u", at); }));
    REQUIRE_OK(server->topic_destroy("t"));
    CHECK(mirror.read_until([&] { return !mirror.has("t", at); }));

    const std::string first_id = server->node_id();
    server.reset();
    CHECK(mirror.read_until([&] { return mirror.topics.empty() && mirror.up.empty(); }));
    server = make_client();
    REQUIRE(eventually([&] { return server->bind(at) == 0; }));
    REQUIRE_OK(server->topic_create("v"));
    CHECK(mirror.read_until([&] { return mirror.has("v", at) && mirror.up.count(at) != 0; }));
    CHECK(mirror.up[at] == server->node_id());
    CHECK(mirror.up[at] != first_id);

    REQUIRE_OK(node->cluster_remove(at));
    CHECK(mirror.read_until([&] { return mirror.topics.empty() && mirror.up.empty(); }));
    late.read(); // read seldom: the same in the end, with no contradiction on the way
    CHECK(late.topics.empty());
    CHECK(late.up.empty());
}

TEST_CASE("a topic is told once for each owner, a route by hand included")
{
    const node_ptr first = make_server({"t"}), second = make_server({"t"});
    const node_ptr node = make_server({"t"});
    mirror_t mirror(*node);
    join(*node, *first);
    join(*node, *second);
    REQUIRE(mirror.read_until([&] { return mirror.topics.size() == 3; }));
    CHECK(mirror.has("t"));
    CHECK(mirror.has("t", first->endpoint()));
    REQUIRE_OK(node->topic_route("routed", first->endpoint()));
    REQUIRE_OK(first->topic_create("routed")); // told already
    REQUIRE_OK(first->topic_destroy("t"));
    CHECK(mirror.read_until([&] { return !mirror.has("t", first->endpoint()); }));
    CHECK(mirror.topics.size() == 3);
    REQUIRE_OK(node->cluster_remove(first->endpoint()));
    CHECK(mirror.read_until([&] { return mirror.topics.size() == 2; }));
    CHECK_FALSE(node->topic_exists("routed"));
}

TEST_CASE("watchers see what list_topics() says in the end, however they read, while threads change it")
{
    const node_ptr owner = make_server(), node = make_server();
    join(*node, *owner);
    std::vector<std::unique_ptr<mirror_t>> mirrors;
    std::atomic<bool> stop{false};
    std::atomic<int> steps{0};
    {
        std::vector<std::unique_ptr<worker_t>> workers;
        for (const spot_pubsub_t *which : {owner.get(), node.get()})
            for (int i = 0; i < 2; ++i)
                workers.push_back(std::make_unique<worker_t>([&, which, i] {
                    auto *changing = const_cast<spot_pubsub_t *>(which);
                    for (int step = 0; !stop; ++step, ++steps) {
                        const std::string topic = "t" + std::to_string((step * (i + 3)) % 40);
                        if (step % 3 == 0)
                            changing->topic_destroy(topic);
                        else
                            changing->topic_create(topic);
                    }
                }));
        for (int i = 0; i < rounds(30, 6); ++i) {
            CHECK(eventually([&] { return steps >= 1000 * i; }));
            mirrors.push_back(std::make_unique<mirror_t>(*node)); // in the middle of it
            for (std::size_t j = 0; j < mirrors.size(); j += 2)
                mirrors[j]->read();
        }
        stop = true;
    }
    const auto true_topics = [&] {
        std::set<std::pair<std::string, std::string>> topics;
        for (const topic_info_t &info : node->list_topics())
            for (const std::string &endpoint : info.endpoints)
                topics.insert({info.id, endpoint == node->endpoint() ? "" : endpoint});
        return topics;
    };
    for (const auto &mirror : mirrors)
        CHECK(mirror->read_until([&] { return mirror->topics == true_topics(); }));
    CHECK(eventually(
        [&] { return true_topics().size() == owner->stats().topics_local + node->stats().topics_local; }));
}

TEST_CASE("a queue that is not read stays as small as the state")
{
    const node_ptr node = make_server({"t"});
    watcher_t watcher;
    REQUIRE_OK(node->watch(watcher));
    for (int i = 0; i < rounds(20000, 2000); ++i) {
        REQUIRE_OK(node->topic_create("comes and goes"));
        REQUIRE_OK(node->topic_destroy("comes and goes"));
        REQUIRE_OK(node->topic_destroy("t"));
        REQUIRE_OK(node->topic_create("t"));
    }
    int events = 0;
    for (event_t event; watcher.recv(event, 0) == 0;)
        ++events;
    CHECK(events == 1); // only that it is there: that it went meanwhile was not told
}

TEST_CASE("the descriptor is readable exactly while an event waits, and when it is all over")
{
    const node_ptr node = make_server();
    watcher_t watcher;
    REQUIRE_OK(node->watch(watcher));
    const int fd = watcher.fd();
    REQUIRE(fd >= 0);
    const auto readable = [&] {
        pollfd entry{fd, POLLIN, 0};
        return poll(&entry, 1, 0) == 1;
    };
    CHECK_FALSE(readable());
    event_t event;
    for (int i = 0; i < 3; ++i) {
        const std::string topic = "t" + std::to_string(i);
        REQUIRE_OK(node->topic_create(topic));
        REQUIRE_OK(node->topic_create(topic + "'"));
        CHECK(readable());
        REQUIRE_OK(watcher.recv(event, 0));
        CHECK(readable());
        REQUIRE_OK(watcher.recv(event, 0));
        CHECK_FALSE(readable());
    }
    node->close();
    CHECK(readable());
    CHECK_FAILS(ENOTSOCK, watcher.recv(event, 0));
    CHECK(readable());
    CHECK_FAILS(ENOTSOCK, watcher.fd());
}

TEST_CASE("whoever waits wakes for an event, for close() of the watcher, and for that of the node")
{
    for (const int way : {0, 1, 2}) {
        CAPTURE(way);
        const node_ptr node = make_server();
        watcher_t watcher;
        REQUIRE_OK(node->watch(watcher));
        std::atomic<int> result{1};
        std::atomic<int> error{0};
        event_t event;
        {
            const worker_t waiter([&] {
                result = watcher.recv(event, patience_ms);
                error = errno;
            });
            if (way == 0)
                REQUIRE_OK(node->topic_create("t"));
            else if (way == 1)
                watcher.close();
            else
                node->close();
        }
        CHECK(result == (way == 0 ? 0 : -1));
        if (way != 0)
            CHECK(error_name(error) == "ENOTSOCK");
    }
}

TEST_CASE("a closed node cannot be watched; a closed or forgotten watcher disturbs nobody")
{
    const node_ptr node = make_server();
    {
        watcher_t forgotten, closed;
        REQUIRE_OK(node->watch(forgotten));
        REQUIRE_OK(node->watch(closed));
        closed.close();
        closed.close();
        REQUIRE_OK(node->topic_create("a"));
        event_t event;
        CHECK_FAILS(ENOTSOCK, closed.recv(event, 0));
        REQUIRE_OK(forgotten.recv(event, 0));
    }
    REQUIRE_OK(node->topic_create("b"));
    watcher_t watcher;
    event_t event;
    CHECK_FAILS(ENOTSOCK, watcher.recv(event, 0)); // it watches nothing
    node->close();
    CHECK_FAILS(ENOTSOCK, node->watch(watcher));
}
