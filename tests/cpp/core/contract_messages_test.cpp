// Protects: the errors of publish, publish_many, recv, recv_many, poll and fd, and the fields of a message.
#include <csignal>

#include <poll.h>
#include <pthread.h>

#include "support.hpp"

using namespace spot;
using namespace spot::test;

TEST_CASE("publish: ENOENT for what nobody owns, EMSGSIZE beyond the limit")
{
    options_t options = quick();
    options.max_message_bytes = 1000;
    const node_ptr node = make_client(nullptr, options);
    CHECK_FAILS(ENOENT, node->publish("nothing", "x"));
    CHECK_FAILS(ENOENT, node->publish("", "x"));
    CHECK_FAILS(ENOENT, node->publish("a*", "x"));
    REQUIRE_OK(node->topic_create("t"));
    subscribe(*node, {"t"});
    CHECK_FAILS(EMSGSIZE, node->publish("t", std::string(1001, 'x')));
    REQUIRE_OK(node->publish("t", std::string(1000, 'x')));
    REQUIRE_OK(node->publish("t", nullptr, 0));
    CHECK(receive(*node).data == std::string(1000, 'x'));
    const got_t empty = receive(*node);
    CHECK(empty.topic == "t");
    CHECK(empty.data.empty());
    CHECK(empty.seq == 2); // a message that failed used no number
    CHECK(empty.lost == 0);
}

TEST_CASE("publish: EHOSTUNREACH while the only owner is DOWN or was never there")
{
    node_ptr server = make_server({"t"});
    const std::string endpoint = server->endpoint();
    const node_ptr node = make_client();
    join(*node, *server);
    REQUIRE_OK(node->topic_route("by hand", endpoint));
    REQUIRE_OK(node->publish("t", "x"));
    server->close();
    CHECK(eventually([&] { return !is_up(*node, endpoint); }));
    CHECK_FAILS(ENOENT, node->publish("t", "x")); // it said BYE: its topics went with it
    CHECK(eventually([&] { return node->publish("by hand", "x") == -1 && errno == EHOSTUNREACH; }));
}

TEST_CASE("publish_many counts what went before an error")
{
    options_t options = quick();
    options.max_message_bytes = 100;
    const node_ptr node = make_client(nullptr, options);
    REQUIRE_OK(node->topic_create("t"));
    subscribe(*node, {"t"});
    const std::string fits(100, 'f'), large(101, 'l');
    std::size_t published = 99;
    CHECK_FAILS(EMSGSIZE, node->publish_many("t", {fits, "", fits, large, fits}, &published));
    CHECK(published == 3);
    CHECK_FAILS(ENOENT, node->publish_many("nothing", {fits}, &published));
    CHECK(published == 0);
    REQUIRE_OK(node->publish_many("t", {}, &published));
    CHECK(published == 0);
    CHECK(receive(*node).data == fits);
    CHECK(receive(*node).data.empty());
    CHECK(receive(*node).seq == 3);
    CHECK_FAILS(EAGAIN, node->poll(0));
    CHECK(node->stats().published == 3);
    CHECK(node->stats().bytes_published == 200);
    CHECK(node->stats().received == 3);
}

TEST_CASE("recv, recv_many and poll: EAGAIN in time, and no sooner")
{
    const node_ptr node = make_client();
    message_t message;
    std::vector<message_t> messages;
    CHECK_FAILS(EAGAIN, node->recv(message, 0));
    CHECK_FAILS(EAGAIN, node->poll(0));
    CHECK_FAILS(EAGAIN, node->recv_many(messages, 10, 0));
    for (const int kind : {0, 1, 2}) {
        const stopwatch_t watch;
        const fair_watch_t fair;
        if (kind == 0)
            CHECK_FAILS(EAGAIN, node->recv(message, 120));
        else if (kind == 1)
            CHECK_FAILS(EAGAIN, node->poll(120));
        else
            CHECK_FAILS(EAGAIN, node->recv_many(messages, 10, 120));
        CHECK(watch.ms() >= 119);
        CHECK(fair.ms() < 2000);
    }
    CHECK(message.topic().empty());
    CHECK(message.node_id().empty());
    CHECK(messages.empty());
}

TEST_CASE("a signal ends a wait with EINTR, and nothing is lost by it")
{
    struct sigaction action = {}, before;
    action.sa_handler = [](int) {};
    REQUIRE(sigaction(SIGUSR1, &action, &before) == 0);
    const node_ptr node = make_client();
    REQUIRE_OK(node->topic_create("t"));
    subscribe(*node, {"t"});
    std::atomic<int> result{1}, error{0};
    std::thread waiter([&] {
        message_t message;
        result = node->recv(message, patience_ms);
        error = errno;
    });
    // Again and again: the first ones may come before it waits.
    CHECK(eventually([&] {
        if (result == 1)
            pthread_kill(waiter.native_handle(), SIGUSR1);
        return result != 1;
    }));
    waiter.join();
    CHECK(result == -1);
    CHECK(error_name(error) == "EINTR");
    REQUIRE_OK(node->publish("t", "still"));
    CHECK(receive_text(*node) == "t=still");
    sigaction(SIGUSR1, &before, nullptr);
}

TEST_CASE("a message says whose it is, and outlives the next one and the node")
{
    const node_ptr server = make_server({"t"});
    message_t first, second;
    {
        const node_ptr node = make_client();
        join(*node, *server);
        subscribe(*node, {"t"});
        REQUIRE_OK(server->publish("t", "one"));
        REQUIRE_OK(server->publish_many("t", {"two", "three"}));
        REQUIRE_OK(node->recv(first, patience_ms));
        REQUIRE_OK(node->recv(second, patience_ms));
        message_t moved = std::move(second);
        second = std::move(moved);
    }
    CHECK(first.topic() == "t");
    CHECK(first.data() == "one");
    CHECK(first.seq() == 1);
    CHECK(second.data() == "two");
    CHECK(second.seq() == 2);
    CHECK(second.node_id() == server->node_id());
}

TEST_CASE("recv_many appends, up to its maximum, and waits for the first only")
{
    const node_ptr node = make_client();
    REQUIRE_OK(node->topic_create("t"));
    subscribe(*node, {"t"});
    REQUIRE_OK(node->publish_many("t", {"1", "2", "3", "4", "5"}));
    std::vector<message_t> messages;
    REQUIRE_OK(node->recv_many(messages, 2, patience_ms));
    CHECK(messages.size() == 2);
    REQUIRE_OK(node->recv_many(messages, 100, patience_ms));
    REQUIRE(messages.size() == 5);
    for (std::size_t i = 0; i < 5; ++i)
        CHECK(messages[i].data() == std::to_string(i + 1));
}

TEST_CASE("fd() is readable, level-triggered, while a message waits: packed, queued or not yet looked at")
{
    const node_ptr server = make_server({"t"});
    const node_ptr node = make_client();
    join(*node, *server);
    subscribe(*node, {"t"});
    const int fd = node->fd();
    REQUIRE(fd >= 0);
    CHECK(node->fd() == fd);
    const auto readable = [fd](int timeout_ms) {
        pollfd entry{fd, POLLIN, 0};
        return poll(&entry, 1, timeout_ms) == 1;
    };
    for (int round = 0; round < rounds(200, 30); ++round) {
        REQUIRE_OK(server->publish_many("t", {"1", "2", "3"}));
        REQUIRE_OK(server->publish("t", "4"));
        for (int i = 1; i <= 4; ++i) {
            REQUIRE(readable(patience_ms));
            got_t got = receive(*node, 0);
            // A spurious wake-up is allowed; a missed one is not.
            while (got.topic.empty() && readable(patience_ms))
                got = receive(*node, 0);
            REQUIRE(got.data == std::to_string(i));
        }
    }
    // In the end it is quiet.
    CHECK(eventually([&] { return receive(*node, 0).topic.empty() && !readable(0); }));
    node->close();
    CHECK_FAILS(ENOTSOCK, node->fd());
}
