// Protects: messages published after subscribe() has returned arrive.
#include "raw.hpp"
#include "support.hpp"

using namespace spot;
using namespace spot::test;

TEST_CASE("subscribe, then the peer publishes at once: no first message is missed by many fresh pairs")
{
    ctx_t ctx;
    for (int round = 0; round < rounds(200, 25); ++round) {
        CAPTURE(round);
        const node_ptr server = make_server({"t"}, "tcp://127.0.0.1:0", &ctx);
        const node_ptr node = make_client(&ctx);
        REQUIRE_OK(node->cluster_add(server->endpoint()));
        REQUIRE_OK(node->cluster_sync(patience_ms));
        REQUIRE_OK(node->subscribe("t"));
        REQUIRE_OK(server->publish("t", "first"));
        const got_t got = receive(*node);
        REQUIRE(got.data == "first");
        CHECK(got.seq == 1);
        CHECK(got.lost == 0);
    }
}

TEST_CASE("the same when the subscription comes before the peer: it is in effect once the peer is UP")
{
    ctx_t ctx;
    for (int round = 0; round < rounds(50, 10); ++round) {
        CAPTURE(round);
        const node_ptr server = make_server({"t"}, "tcp://127.0.0.1:0", &ctx);
        const node_ptr node = make_client(&ctx);
        subscribe(*node, {"t"});
        REQUIRE_OK(node->cluster_add(server->endpoint(), patience_ms));
        REQUIRE_OK(server->publish("t", "first"));
        REQUIRE(receive(*node).data == "first");
    }
}

TEST_CASE("the same over inproc and with a LOCAL topic")
{
    ctx_t ctx;
    for (int round = 0; round < rounds(50, 10); ++round) {
        const node_ptr server = make_server({"t"}, "inproc://fence-" + std::to_string(round), &ctx);
        const node_ptr node = make_client(&ctx);
        REQUIRE_OK(node->topic_create("own"));
        join(*node, *server);
        REQUIRE_OK(node->subscribe("own"));
        REQUIRE_OK(node->publish("own", "1"));
        REQUIRE(receive_text(*node) == "own=1");
        REQUIRE_OK(node->subscribe("t"));
        REQUIRE_OK(server->publish("t", "2"));
        REQUIRE(receive_text(*node) == "t=2");
    }
}

TEST_CASE("thousands of subscriptions in one call are all in effect on return")
{
    const int count = rounds(5000, 1000);
    const node_ptr server = make_server();
    std::vector<std::string> names;
    for (int i = 0; i < count; ++i) {
        names.push_back("topic:" + std::to_string(i));
        REQUIRE_OK(server->topic_create(names.back()));
    }
    const node_ptr node = make_client();
    join(*node, *server);
    REQUIRE_OK(node->subscribe_many(names, false, patience_ms));
    for (const std::string &name : names)
        REQUIRE_OK(server->publish(name, name));
    for (const std::string &name : names)
        REQUIRE(receive_text(*node) == name + "=" + name);
    CHECK(node->stats().lost == 0);
}

TEST_CASE("a fence is quick while the peer publishes at full speed, on this topic and others")
{
    const node_ptr server = make_server({"busy", "t"});
    const node_ptr node = make_client();
    join(*node, *server);
    subscribe(*node, {"busy"});
    std::atomic<bool> stop{false};
    const worker_t publisher([&] {
        while (!stop)
            server->publish("busy", "noise");
    });
    const worker_t reader([&] {
        message_t message;
        while (!stop)
            node->recv(message, 20);
    });
    std::int64_t slowest = 0;
    for (int round = 0; round < rounds(50, 10); ++round) {
        const fair_watch_t watch;
        const int result = node->subscribe("t");
        CHECK(result == 0);
        slowest = std::max(slowest, watch.ms());
        CHECK(node->unsubscribe("t") == 0);
    }
    stop = true;
    CHECK(slowest < rounds(1000, 4000));
}

TEST_CASE("subscriptions from several threads at once are each in effect on return")
{
    const node_ptr server = make_server();
    constexpr int threads = 4;
    const int each = rounds(50, 10);
    for (int i = 0; i < threads * each; ++i)
        REQUIRE_OK(server->topic_create("t" + std::to_string(i)));
    const node_ptr node = make_client();
    join(*node, *server);
    std::atomic<int> failed{0};
    {
        std::vector<std::unique_ptr<worker_t>> workers;
        for (int thread = 0; thread < threads; ++thread)
            workers.push_back(std::make_unique<worker_t>([&, thread] {
                for (int i = thread * each; i < (thread + 1) * each; ++i) {
                    const std::string name = "t" + std::to_string(i);
                    failed += node->subscribe(name) != 0 || server->publish(name, "x") != 0;
                }
            }));
    }
    CHECK(failed == 0);
    for (int i = 0; i < threads * each; ++i)
        REQUIRE(receive(*node).data == "x");
}

TEST_CASE("subscribe is ETIMEDOUT, with the peer's name, when one that is UP does not confirm")
{
    raw_ctx_t ctx;
    fake_peer_t peer(ctx);
    peer.topics = {"t"};
    const node_ptr node = make_client(nullptr, quick(5000));
    REQUIRE_OK(node->cluster_add(peer.endpoint));
    REQUIRE(peer.serve_until([&] { return is_up(*node, peer.endpoint); }));

    failure_t failure;
    const stopwatch_t watch;
    CHECK_FAILS(ETIMEDOUT, node->subscribe_many({"t"}, false, 300, &failure));
    CHECK(watch.ms() >= 290);
    CHECK(failure.missing == std::vector<std::string>{peer.endpoint});
    CHECK(node->subscriptions() == std::vector<std::string>{"t"}); // it stays

    // And it works, now that the peer is awake again.
    std::atomic<int> result{1};
    const worker_t again([&] { result = node->subscribe_many({"t"}, false, patience_ms); });
    CHECK(peer.serve_until([&] { return result != 1; }));
    CHECK(result == 0);
    peer.xpub.send({data_frame("t", 1, "confirmed", peer.id.source())});
    CHECK(receive_text(*node) == "t=confirmed");
}

TEST_CASE("a peer that goes DOWN is no longer waited for")
{
    raw_ctx_t ctx;
    fake_peer_t peer(ctx);
    peer.topics = {"t"};
    const node_ptr node = make_client(nullptr, quick(100));
    REQUIRE_OK(node->cluster_add(peer.endpoint));
    REQUIRE(peer.serve_until([&] { return is_up(*node, peer.endpoint); }));
    const fair_watch_t watch;
    // The peer's sockets are not read: it falls silent.
    REQUIRE_OK(node->subscribe_many({"t"}, false, patience_ms));
    CHECK(watch.ms() < 5000);
    CHECK_FALSE(is_up(*node, peer.endpoint));
}
