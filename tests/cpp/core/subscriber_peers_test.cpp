// Protects: subscribers follow peers that come, go and come back, and plain ones, as the node's own queue
// does.
#include "queues.hpp"
#include "raw.hpp"

using namespace spot;
using namespace spot::test;

TEST_CASE("what a plain peer relays goes to every queue that wants it, and is asked for while one does")
{
    raw_ctx_t ctx;
    raw_socket_t router(ctx, ZMQ_ROUTER);
    const node_ptr node = make_client();
    REQUIRE_OK(node->cluster_add(router.bind()));
    const auto take = [&](wire::command_t code) { return router.recv_command(code, 1); };
    const std::string id = take(wire::command_t::query)[0];
    router.send({id, "\x05", std::string("\x01\0\0\0", 4), "t"});
    REQUIRE(eventually([&] { return node->topic_exists("t"); }));

    subscriber_t one = subscriber_of(*node, {"t"});
    CHECK(take(wire::command_t::subscribe) == frames_t{id, "\x02", "t"});
    subscriber_t two = subscriber_of(*node, {"*"});
    router.send({id, "\x01", "t", "1"});
    CHECK(next(one) == "t=1");
    CHECK(next(two) == "t=1");
    REQUIRE_OK(one.close());
    router.send({id, "\x01", "t", "2"});
    CHECK(next(two) == "t=2");
    REQUIRE_OK(two.close());
    CHECK(take(wire::command_t::unsubscribe) == frames_t{id, "\x03", "t"});
    CHECK_FAILS(EAGAIN, node->poll(0));
}

TEST_CASE("peers that come later, go, and come back serve every subscriber")
{
    const node_ptr node = make_client();
    subscriber_t one = subscriber_of(*node, {"t"});
    subscriber_t two = subscriber_of(*node, {"t", "u"});
    std::string endpoint;
    std::string data_endpoint;
    for (int round = 0; round < 3; ++round) {
        CAPTURE(round);
        const node_ptr server = make_client();
        bind_options_t bound;
        bound.data_endpoint = data_endpoint;
        REQUIRE_OK(server->bind(endpoint.empty() ? "tcp://127.0.0.1:0" : endpoint, bound));
        REQUIRE_OK(server->topic_create("t"));
        if (endpoint.empty()) {
            endpoint = server->endpoint();
            data_endpoint = server->data_endpoint();
            REQUIRE_OK(node->cluster_add(endpoint));
        }
        const std::string id = server->node_id();
        REQUIRE(eventually([&] {
            const std::vector<peer_info_t> peers = node->peers();
            return peers[0].node_id == id && peers[0].state == peer_state_t::up;
        }));
        REQUIRE_OK(server->publish("t", std::to_string(round)));
        CHECK(next(one) == "t=" + std::to_string(round));
        CHECK(next(two) == "t=" + std::to_string(round));
        subscriber_t late = subscriber_of(*node, {"t"});
        REQUIRE_OK(server->publish("t", "late"));
        CHECK(next(late) == "t=late");
        CHECK(next(one) == "t=late");
        CHECK(next(two) == "t=late");
    }
    CHECK(one.stats().lost == 0);
}

TEST_CASE("what waits at a subscriber outlives its publisher, and goes with a removed one")
{
    const node_ptr node = make_client();
    node_ptr server = make_server({"t"});
    join(*node, *server);
    subscriber_t one = subscriber_of(*node, {"t"});
    for (int i = 0; i < 100; ++i)
        REQUIRE_OK(server->publish("t", std::to_string(i)));
    REQUIRE_OK(server->close());
    for (int i = 0; i < 100; ++i)
        REQUIRE(next(one) == "t=" + std::to_string(i));

    const node_ptr other = make_server({"t"});
    REQUIRE_OK(node->cluster_add(other->endpoint()));
    REQUIRE(eventually([&] { return is_up(*node, other->endpoint()); }));
    subscriber_t two = subscriber_of(*node, {"t"});
    REQUIRE_OK(other->publish("t", "removed"));
    REQUIRE_OK(two.poll(patience_ms));
    REQUIRE_OK(one.poll(patience_ms));
    REQUIRE_OK(node->cluster_remove(other->endpoint()));
    CHECK(next(one, 0) == "EAGAIN");
    CHECK(next(two, 0) == "EAGAIN");
}

TEST_CASE("a peer is UP when every queue's token was answered; a late one does not make it less")
{
    raw_ctx_t ctx;
    fake_peer_t peer(ctx);
    peer.answer_fences = false;
    const node_ptr node = make_client(nullptr, quick(60000)); // UP however seldom it is served
    subscriber_t early = subscriber_of(*node, {"t"});
    REQUIRE_OK(node->cluster_add(peer.endpoint));
    // Two data connections, with a token each; neither is answered.
    REQUIRE(peer.serve_until([&] { return peer.tokens().size() >= 2; }));
    CHECK(peer.tokens()[0].counter != peer.tokens()[1].counter);
    CHECK_FALSE(is_up(*node, peer.endpoint));
    peer.reply(wire::encode_fence(peer.tokens()[0]));
    peer.reply(wire::encode_query_resp({}));
    peer.serve();
    CHECK_FALSE(is_up(*node, peer.endpoint));
    peer.answer_fences = true;
    REQUIRE(peer.serve_until([&] { return is_up(*node, peer.endpoint); }));

    peer.answer_fences = false;
    subscriber_t late;
    REQUIRE_OK(node->subscriber(late));
    REQUIRE(peer.serve_until([&] { return !peer.tokens().empty(); }));
    CHECK(is_up(*node, peer.endpoint));
    subscriber_options_t hasty;
    hasty.missing_ok = true;
    hasty.timeout_ms = 50;
    failure_t failure;
    subscriber_t none;
    CHECK_FAILS(ETIMEDOUT, node->subscriber(none, {"t"}, hasty, &failure));
    CHECK(failure.missing == std::vector<std::string>{peer.endpoint});
    CHECK_FAILS(ENOTSOCK, none.poll(0));
}
