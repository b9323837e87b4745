// Protects: close() is quick whatever the peers do, ends every wait with ENOTSOCK, sends what was published,
// and gives back every descriptor.
#include "descriptors.hpp"
#include "raw.hpp"
#include "support.hpp"

using namespace spot;
using namespace spot::test;

TEST_CASE("calls that wait in other threads end with ENOTSOCK when the node is closed")
{
    raw_ctx_t ctx;
    fake_peer_t peer(ctx);
    peer.topics = {"t"};
    const node_ptr node = make_client(nullptr, quick(60000)); // the peer stays UP although it is silent
    REQUIRE_OK(node->cluster_add(peer.endpoint));
    REQUIRE(peer.serve_until([&] { return is_up(*node, peer.endpoint); }));
    raw_socket_t mute(ctx, ZMQ_ROUTER);
    const std::string nobody = mute.bind();

    const std::vector<std::function<int()>> calls{
        [&] {
            message_t message;
            return node->recv(message, -1);
        },
        [&] {
            std::vector<message_t> messages;
            return node->recv_many(messages, 10, -1);
        },
        [&] { return node->poll(-1); },
        [&] { return node->cluster_sync(-1); },
        [&] { return node->subscribe_many({"t"}, false, -1); },
        [&] { return node->cluster_add(nobody, -1); },
    };
    std::atomic<int> entered{0}, ended{0};
    std::vector<int> errors(calls.size(), 0);
    std::vector<std::unique_ptr<worker_t>> workers;
    for (std::size_t i = 0; i < calls.size(); ++i)
        workers.push_back(std::make_unique<worker_t>([&, i] {
            ++entered;
            errors[i] = calls[i]() == 0 ? 0 : errno;
            ++ended;
        }));
    // The sync and the fence have asked, so these wait in earnest; the others entered before them.
    REQUIRE(
        eventually([&] { return entered == static_cast<int>(calls.size()) && node->peers().size() == 2; }));
    std::this_thread::sleep_for(std::chrono::milliseconds(100)); // only makes the test stricter
    CHECK(ended == 0);
    const fair_watch_t watch;
    node->close();
    workers.clear();
    CHECK(watch.ms() < rounds(1000, 4000));
    for (std::size_t i = 0; i < calls.size(); ++i) {
        CAPTURE(i);
        CHECK(error_name(errors[i]) == "ENOTSOCK");
    }
}

TEST_CASE("close takes less than a second with peers that are dead, silent or never there")
{
    raw_ctx_t ctx;
    raw_socket_t mute(ctx, ZMQ_ROUTER);
    fake_peer_t frozen(ctx);
    frozen.topics = {"t"};
    node_ptr gone = make_server({"gone"});
    const std::string dead = gone->endpoint();
    options_t options = quick();
    options.overflow = overflow_t::drop;
    const node_ptr node = make_server({"own"}, "tcp://127.0.0.1:0", nullptr, options);
    join(*node, *gone);
    REQUIRE_OK(node->cluster_add(frozen.endpoint));
    REQUIRE(frozen.serve_until([&] { return is_up(*node, frozen.endpoint); }));
    REQUIRE_OK(node->cluster_add(mute.bind()));
    REQUIRE_OK(node->cluster_add("tcp://192.0.2.1:5555"));     // a test network: no answer ever
    REQUIRE_OK(node->publish("t", std::string(1 << 20, 'x'))); // queued for one who does not read
    gone.reset();
    const fair_watch_t watch;
    node->close();
    CHECK(watch.ms() < rounds(1000, 4000));
}

TEST_CASE("close does not wait as long as a burst may wait for company")
{
    options_t options = quick();
    options.coalesce_us = 1'000'000;
    for (int round = 0; round < 3; ++round) {
        const node_ptr node = make_server({"t"}, "tcp://127.0.0.1:0", nullptr, options);
        subscribe(*node, {"t"});
        for (int i = 0; i < 1000; ++i)
            REQUIRE_OK(node->publish("t", "x"));
        const fair_watch_t watch;
        node->close();
        CHECK(watch.ms() < 1000);
    }
}

TEST_CASE("close from several threads at once, and while others use the node")
{
    const node_ptr server = make_server({"t"});
    for (int round = 0; round < rounds(20, 5); ++round) {
        const node_ptr node = make_server({"own"});
        join(*node, *server);
        std::vector<std::unique_ptr<worker_t>> workers;
        for (int i = 0; i < 3; ++i)
            workers.push_back(std::make_unique<worker_t>([&] {
                while (node->publish("own", "x") == 0) {
                }
            }));
        workers.push_back(std::make_unique<worker_t>([&] {
            while (node->subscribe("t") == 0 && node->unsubscribe("t") == 0) {
            }
        }));
        workers.push_back(std::make_unique<worker_t>([&] {
            while (node->cluster_sync(1000) == 0) {
            }
        }));
        for (int i = 0; i < 2; ++i)
            workers.push_back(std::make_unique<worker_t>([&] { CHECK(node->close() == 0); }));
        workers.clear();
        CHECK_FAILS(ENOTSOCK, node->publish("own", "x"));
    }
}

TEST_CASE("what was published leaves before the node goes")
{
    for (int round = 0; round < rounds(10, 3); ++round) {
        node_ptr server = make_server({"t"});
        const node_ptr node = make_client();
        join(*node, *server);
        subscribe(*node, {"t"});
        for (int i = 0; i < 1000; ++i)
            REQUIRE_OK(server->publish("t", std::string(1024, 'x')));
        const fair_watch_t watch;
        server->close();
        CHECK(watch.ms() < rounds(1000, 4000));
        for (int i = 0; i < 1000; ++i)
            REQUIRE(receive(*node).topic == "t");
    }
}

TEST_CASE("two hundred nodes made and closed leave no descriptor behind")
{
    const auto lap = [](int count, ctx_t *ctx) {
        for (int i = 0; i < count; ++i) {
            const node_ptr node = make_server({"t"}, "tcp://127.0.0.1:0", ctx);
            const node_ptr client = make_client(ctx);
            REQUIRE_OK(client->cluster_add(node->endpoint()));
            REQUIRE(client->fd() >= 0);
            if (i % 10 == 0)
                REQUIRE_OK(client->cluster_sync(patience_ms));
        }
    };
    ctx_t shared;
    lap(2, &shared); // makes what is made once and kept
    lap(2, nullptr);
    const int before = open_descriptors();
    lap(rounds(50, 10), &shared);
    lap(rounds(50, 10), nullptr);
    // The shared context's I/O thread closes its sockets when it gets to it.
    CHECK(eventually([&] { return open_descriptors() <= before; }));
}

TEST_CASE("a node that was never used closes at once")
{
    const fair_watch_t watch;
    for (int i = 0; i < 20; ++i)
        make_client();
    CHECK(watch.ms() < rounds(2000, 8000));
}
