// Protects: subscribers are receive queues of one node with subscriptions of their own, and one neither
// delays another nor makes it lose messages.
#include <unistd.h>

#include "queues.hpp"

using namespace spot;
using namespace spot::test;

namespace
{
std::string endpoint_for(const std::string &transport)
{
    static int number = 0;
    const std::string name = "sub-" + std::to_string(getpid()) + "-" + std::to_string(++number);
    if (transport == "ipc")
        return "ipc:///tmp/" + name;
    return transport == "inproc" ? "inproc://" + name : "tcp://127.0.0.1:0";
}
}

TEST_CASE("queues of one node have subscriptions of their own")
{
    const node_ptr server = make_server({"a", "b"});
    const node_ptr node = make_client();
    join(*node, *server);
    subscribe(*node, {"a"});
    subscriber_t one = subscriber_of(*node, {"a", "b"});
    subscriber_t two = subscriber_of(*node, {"b*"});
    CHECK(node->subscriptions() == std::vector<std::string>{"a"});
    CHECK(one.subscriptions() == std::vector<std::string>{"a", "b"});
    CHECK(two.subscriptions() == std::vector<std::string>{"b*"});

    REQUIRE_OK(server->publish("a", "1"));
    REQUIRE_OK(server->publish("b", "2"));
    CHECK(next(*node) == "a=1");
    CHECK(next(one) == "a=1");
    CHECK(next(one) == "b=2");
    CHECK(next(two) == "b=2");

    REQUIRE_OK(one.unsubscribe("a"));
    CHECK_FAILS(ENOENT, one.unsubscribe("a"));
    REQUIRE_OK(server->publish("a", "3"));
    REQUIRE_OK(server->publish("b", "4"));
    CHECK(next(one) == "b=4");
    CHECK(next(*node) == "a=3");
    CHECK(next(two) == "b=4");
    CHECK(one.stats().received == 3);
    CHECK(one.stats().bytes_received == 3);
    CHECK(node->stats().received == 7); // of all queues
    REQUIRE_OK(two.close());
    CHECK(node->stats().received == 7); // also of those that are closed
}

TEST_CASE("a subscriber hears its own node")
{
    const node_ptr node = make_server({"mine"});
    subscriber_t one = subscriber_of(*node, {"mine"});
    subscriber_t two = subscriber_of(*node, {"mine"});
    REQUIRE_OK(node->publish("mine", "1"));
    CHECK(next(one) == "mine=1");
    CHECK(next(two) == "mine=1");
    CHECK_FAILS(EAGAIN, node->poll(0));
}

TEST_CASE("what is wrong with the arguments, and what a failed call leaves behind")
{
    const node_ptr node = make_client();
    subscriber_t subscriber;
    failure_t failure;
    CHECK_FAILS(ENOENT, node->subscriber(subscriber, {"nobody's"}, {}, &failure));
    CHECK(failure.subject == "nobody's");
    CHECK_FAILS(EINVAL, node->subscriber(subscriber, {""}));
    CHECK_FAILS(ENOTSOCK, subscriber.poll(0));
    REQUIRE_OK(node->subscriber(subscriber));
    CHECK_FAILS(ENOENT, subscriber.subscribe("nobody's"));
    CHECK_FAILS(EINVAL, subscriber.subscribe("a*"));
    CHECK_FAILS(EINVAL, subscriber.subscribe_pattern("a"));
    CHECK_FAILS(EAGAIN, subscriber.poll(0));
    CHECK(next(subscriber, 0) == "EAGAIN");
    CHECK(subscriber.subscriptions().empty());
}

TEST_CASE("the first message after it was made arrives")
{
    for (const std::string transport : {"tcp", "ipc", "inproc"}) {
        CAPTURE(transport);
        ctx_t ctx;
        const node_ptr server = make_server({"t"}, endpoint_for(transport), &ctx);
        const node_ptr node = make_client(&ctx);
        join(*node, *server);
        for (int round = 0; round < rounds(100, 20); ++round) {
            subscriber_t subscriber = subscriber_of(*node, {"t"});
            REQUIRE_OK(server->publish("t", std::to_string(round)));
            REQUIRE(next(subscriber) == "t=" + std::to_string(round));
        }
        CHECK(is_up(*node, server->endpoint())); // all the while
    }
}

TEST_CASE("a subscriber that never reads neither delays nor loses for another")
{
    options_t options = quick(200); // marks and reports come once a heartbeat
    options.send_hwm = 200;         // more than what the fast one lets wait
    const node_ptr server = make_server({"t"}, "tcp://127.0.0.1:0", nullptr, options);
    const node_ptr node = make_client(nullptr, quick(200));
    join(*node, *server);
    subscriber_t slow = subscriber_of(*node, {"t"}, 1);
    subscriber_t fast = subscriber_of(*node, {"t"});
    const std::string data(20000, 'x');
    const int count = rounds(5000, 1000);
    message_t message;
    for (int i = 1; i <= count; ++i) {
        REQUIRE_OK(server->publish("t", data));
        if (i % 100 != 0)
            continue;
        for (int taken = 0; taken < 100; ++taken) {
            REQUIRE_OK(fast.recv(message, patience_ms));
            REQUIRE(message.lost() == 0);
        }
        REQUIRE(message.seq() == static_cast<std::uint64_t>(i));
    }
    CHECK(fast.stats().lost == 0);
    // The law holds for each of them: what it did not get, it knows of.
    CHECK(eventually([&] {
        while (slow.recv(message, 0) == 0) {
        }
        const subscriber_stats_t stats = slow.stats();
        return stats.received + stats.lost == static_cast<std::uint64_t>(count);
    }));
    CHECK(slow.stats().lost > 0);
    CHECK(node->stats().lost == slow.stats().lost);
    CHECK(eventually([&] { return server->stats().overflowed == slow.stats().lost; }));
}
