// Protects: closing a subscriber ends waiting calls, subscriptions and descriptors, also while messages flow.
#include "descriptors.hpp"
#include "queues.hpp"
#include "raw.hpp"

using namespace spot;
using namespace spot::test;

TEST_CASE("closing ends the calls that wait, and the subscriptions everywhere")
{
    options_t options = quick();
    options.overflow = overflow_t::block;
    options.send_hwm = 1;
    options.send_timeout_ms = 100;
    const node_ptr server = make_server({"t"}, "tcp://127.0.0.1:0", nullptr, options);
    const node_ptr node = make_client();
    join(*node, *server);
    subscriber_t subscriber = subscriber_of(*node, {"t"}, 1);
    std::atomic<int> closed{0};
    {
        subscriber_t idle = subscriber_of(*node, {});
        const auto wait = [&] {
            message_t message;
            if (idle.recv(message) != 0 && errno == ENOTSOCK)
                ++closed;
        };
        const worker_t one(wait), two(wait);
        REQUIRE_OK(idle.close());
        REQUIRE_OK(idle.close());
        CHECK_FAILS(ENOTSOCK, idle.subscribe("t"));
        CHECK_FAILS(ENOTSOCK, idle.fd());
    }
    CHECK(closed == 2);
    // While the subscriber is there and does not read, the publisher has no room; once it is gone, it has.
    const std::string data(1000000, 'x');
    CHECK_FAILS(EAGAIN, [&] {
        for (int i = 0; i < 200; ++i)
            if (server->publish("t", data) != 0)
                return -1;
        return 0;
    }());
    REQUIRE_OK(subscriber.close());
    REQUIRE(eventually([&] { return server->publish("t", data) == 0; }));
    for (int i = 0; i < 200; ++i)
        REQUIRE_OK(server->publish("t", data));
}

TEST_CASE("closing the node closes its subscribers, which may outlive it")
{
    node_ptr node = make_server({"t"});
    subscriber_t subscriber = subscriber_of(*node, {"t"});
    std::atomic<bool> closed{false};
    {
        const worker_t waiting([&] {
            message_t message;
            closed = subscriber.recv(message) != 0 && errno == ENOTSOCK;
        });
        node.reset();
    }
    CHECK(closed);
    CHECK_FAILS(ENOTSOCK, subscriber.subscribe("t"));
    CHECK(subscriber.subscriptions().empty());
    REQUIRE_OK(subscriber.close());
}

TEST_CASE("a subscribe that waits for a peer ends when its subscriber is closed")
{
    raw_ctx_t ctx;
    fake_peer_t peer(ctx);
    const node_ptr node = make_client(nullptr, quick(60000)); // UP however seldom it is served
    REQUIRE_OK(node->cluster_add(peer.endpoint));
    REQUIRE(peer.serve_until([&] { return is_up(*node, peer.endpoint); }));
    peer.answer_fences = false;
    subscriber_t subscriber;
    REQUIRE_OK(node->subscriber(subscriber));
    int error = 0;
    std::atomic<bool> ended{false};
    {
        const worker_t subscribing([&] {
            if (subscriber.subscribe_many({"t"}, true, -1) != 0)
                error = errno;
            ended = true;
        });
        // The peer is UP all the while, and hears of the subscription.
        REQUIRE(peer.serve_until([&] { return subscriber.subscriptions().size() == 1; }));
        CHECK_FALSE(ended);
        REQUIRE_OK(subscriber.close());
        CHECK(peer.serve_until([&] { return ended.load(); }));
    }
    CHECK(error == ENOTSOCK);
    CHECK(is_up(*node, peer.endpoint));
}

TEST_CASE("many subscribers, made and closed, leave no descriptors")
{
    const node_ptr server = make_server({"t"});
    const node_ptr node = make_client();
    join(*node, *server);
    const auto cycle = [&](int count) {
        for (int i = 0; i < count; ++i) {
            subscriber_t subscriber = subscriber_of(*node, {"t"});
            REQUIRE(subscriber.fd() >= 0);
            REQUIRE_OK(server->publish("t", "x"));
            if (i % 2 == 0)
                REQUIRE(next(subscriber) == "t=x");
        }
    };
    cycle(5);
    REQUIRE(eventually([&] {
        const int before = open_descriptors();
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        return open_descriptors() == before;
    }));
    const int before = open_descriptors();
    cycle(rounds(200, 30));
    CHECK(eventually([&] { return open_descriptors() <= before; }));
}

TEST_CASE("subscribers come and go while messages flow")
{
    const node_ptr server = make_server({"t"});
    const node_ptr node = make_client();
    join(*node, *server);
    subscriber_t steady = subscriber_of(*node, {"t"});
    std::atomic<bool> stop{false};
    std::uint64_t sent = 0;
    {
        const worker_t publishing([&] {
            while (!stop) {
                if (server->publish("t", "x") == 0)
                    ++sent;
                std::this_thread::sleep_for(std::chrono::microseconds(100));
            }
        });
        std::vector<std::unique_ptr<worker_t>> workers;
        workers.reserve(3);
        for (int i = 0; i < 3; ++i)
            workers.push_back(std::make_unique<worker_t>([&] {
                for (int round = 0; round < rounds(40, 8); ++round) {
                    subscriber_t one;
                    message_t message;
                    std::uint64_t last = 0;
                    if (node->subscriber(one, {"t"}) != 0) {
                        FAIL_CHECK(error_name(errno));
                        return;
                    }
                    for (int taken = 0; taken < 5; ++taken) {
                        CHECK(one.recv(message, patience_ms) == 0);
                        CHECK((last == 0 || message.seq() == last + 1));
                        last = message.seq();
                    }
                }
            }));
        workers.clear();
        stop = true;
    }
    message_t message;
    for (std::uint64_t i = 1; i <= sent; ++i) {
        REQUIRE_OK(steady.recv(message, patience_ms));
        REQUIRE(message.seq() == i);
        REQUIRE(message.lost() == 0);
    }
}
