// Protects: plain ZeroMQ programs query, publish and subscribe through the ROUTER with the commands 01 to 05
// alone, and are answered with their own envelopes.
#include "raw.hpp"

using namespace spot;
using namespace spot::test;
using wire::command_t;

namespace
{
const std::string one_topic("\x01\0\0\0", 4);
}

TEST_CASE("DEALER: query, byte for byte")
{
    const node_ptr node = make_server({"t"});
    raw_ctx_t ctx;
    raw_socket_t dealer(ctx, ZMQ_DEALER);
    dealer.connect(node->endpoint());
    dealer.send({"\x04"});
    CHECK(dealer.recv() == frames_t{"\x05", one_topic, "t"});
    dealer.send({"\x04", "frames beyond", "are ignored"});
    CHECK(dealer.recv() == frames_t{"\x05", one_topic, "t"});
    CHECK(node->stats().malformed == 0);
    CHECK(node->peers().empty()); // a program that asks is no peer
}

TEST_CASE("REQ and REQ-style DEALER: the empty delimiter comes back")
{
    const node_ptr node = make_server({"t"});
    raw_ctx_t ctx;
    raw_socket_t req(ctx, ZMQ_REQ);
    req.connect(node->endpoint());
    for (int i = 0; i < 3; ++i) {
        req.send({"\x04"});
        CHECK(req.recv() == frames_t{"\x05", one_topic, "t"});
    }
    raw_socket_t dealer(ctx, ZMQ_DEALER);
    dealer.connect(node->endpoint());
    dealer.send({"", "\x04"});
    CHECK(dealer.recv() == frames_t{"", "\x05", one_topic, "t"});
    // The same program may change its mind.
    dealer.send({"\x04"});
    CHECK(dealer.recv() == frames_t{"\x05", one_topic, "t"});
}

TEST_CASE("publish from a plain program reaches every subscriber, numbered by the owner")
{
    const node_ptr node = make_server({"t"});
    const node_ptr reader = make_client();
    join(*reader, *node);
    subscribe(*reader, {"t"});
    subscribe(*node, {"t"});
    raw_ctx_t ctx;
    raw_socket_t dealer(ctx, ZMQ_DEALER);
    dealer.connect(node->endpoint());
    dealer.send({"\x01", "t", "plain"});
    dealer.send({"", "\x01", "t", "with a delimiter"});
    dealer.send({"\x01", "t", ""});
    dealer.send({"\x01", "t", big_payload(1 << 20)});
    for (spot_pubsub_t *side : {reader.get(), node.get()}) {
        const got_t first = receive(*side);
        CHECK(first.data == "plain");
        CHECK(first.seq == 1);
        CHECK(first.node_id == node->node_id());
        CHECK(receive(*side).data == "with a delimiter");
        CHECK(receive(*side).data.empty());
        CHECK((receive(*side).data == big_payload(1 << 20)));
    }
    CHECK(node->stats().relayed == 4);
    CHECK(node->stats().published == 0);
    dealer.send({"\x01", "not here", "x"});
    CHECK(eventually([&] { return node->stats().ignored == 1; }));
    CHECK(node->stats().malformed == 0);
}

TEST_CASE("subscribe and unsubscribe: messages come as PUBLISH, with the delimiter of those who use one")
{
    const node_ptr node = make_server({"t", "u"});
    const node_ptr peer = make_client();
    join(*peer, *node);
    raw_ctx_t ctx;
    raw_socket_t dealer(ctx, ZMQ_DEALER), delimited(ctx, ZMQ_DEALER);
    dealer.connect(node->endpoint());
    delimited.connect(node->endpoint());
    // A QUERY behind it: its answer says that the subscription was handled.
    dealer.send({"\x02", "t"});
    dealer.send({"\x04"});
    dealer.recv_command(command_t::query_resp);
    delimited.send({"", "\x02", "t"});
    delimited.send({"", "\x04"});
    delimited.recv_command(command_t::query_resp, 1);

    REQUIRE_OK(node->publish("u", "not asked for"));
    REQUIRE_OK(node->publish("t", "one"));
    REQUIRE_OK(node->publish_many("t", {"two", "", "three"}));
    REQUIRE_OK(peer->publish("t", "from a peer"));
    for (const char *data : {"one", "two", "", "three", "from a peer"}) {
        CHECK(dealer.recv() == frames_t{"\x01", "t", data});
        CHECK(delimited.recv() == frames_t{"", "\x01", "t", data});
    }
    const std::string large = big_payload(2 << 20);
    REQUIRE_OK(node->publish("t", large));
    CHECK((dealer.recv() == frames_t{"\x01", "t", large}));
    CHECK((delimited.recv() == frames_t{"", "\x01", "t", large}));

    dealer.send({"\x03", "t"});
    dealer.send({"\x04"});
    dealer.recv_command(command_t::query_resp);
    REQUIRE_OK(node->publish("t", "last"));
    CHECK(delimited.recv() == frames_t{"", "\x01", "t", "last"});
    dealer.send({"\x04"});
    CHECK(dealer.recv()[0] == "\x05"); // and no PUBLISH before it
    CHECK(node->stats().malformed == 0);
}

TEST_CASE("a plain subscriber to a topic that does not exist yet, and one that just goes away")
{
    const node_ptr node = make_server();
    raw_ctx_t ctx;
    raw_socket_t stays(ctx, ZMQ_DEALER);
    {
        raw_socket_t goes(ctx, ZMQ_DEALER);
        for (raw_socket_t *socket : {&stays, &goes}) {
            socket->connect(node->endpoint());
            socket->send({"\x02", "later"});
            socket->send({"\x04"});
            socket->recv_command(command_t::query_resp);
        }
    }
    REQUIRE_OK(node->topic_create("later"));
    for (int i = 0; i < 10; ++i) {
        REQUIRE_OK(node->publish("later", std::to_string(i)));
        CHECK(stays.recv() == frames_t{"\x01", "later", std::to_string(i)});
    }
}

TEST_CASE("this node as the client of a plain ROUTER: it asks, subscribes, receives and publishes")
{
    raw_ctx_t ctx;
    raw_socket_t router(ctx, ZMQ_ROUTER);
    const std::string endpoint = router.bind();
    const node_ptr node = make_client();
    REQUIRE_OK(node->cluster_add(endpoint));
    std::atomic<int> synced{1};
    worker_t sync([&] { synced = node->cluster_sync(patience_ms); });
    // HELLO says nothing to a plain peer: only QUERYs are answered.
    std::string id;
    const auto next = [&](command_t code) {
        frames_t in = router.recv_command(code, 1);
        REQUIRE(in.size() > 1);
        id = in[0];
        if (code == command_t::query)
            router.send({id, "\x05", one_topic, "plain"});
        return in;
    };
    next(command_t::query);
    REQUIRE(eventually([&] {
        const frames_t in = router.recv(10); // the sync's own QUERY, and any HELLO
        if (in.size() > 1 && in[1] == "\x04")
            router.send({in[0], "\x05", one_topic, "plain"});
        return synced != 1;
    }));
    sync.join();
    CHECK(synced == 0);
    CHECK(listing(*node) == std::vector<std::string>{"plain REMOTE"});
    CHECK(is_up(*node, endpoint));

    REQUIRE_OK(node->subscribe("plain"));
    CHECK(next(command_t::subscribe) == frames_t{id, "\x02", "plain"});
    router.send({id, "\x01", "plain", "one"});
    router.send({id, "\x01", "plain", ""});
    router.send({id, "\x01", "plain", "three"});
    const got_t first = receive(*node);
    CHECK(first.topic + "=" + first.data == "plain=one");
    CHECK(first.seq == 1);
    CHECK(first.node_id.size() == 32);
    CHECK(receive(*node).data.empty());
    const got_t third = receive(*node);
    CHECK(third.data == "three");
    CHECK(third.lost == 0);

    REQUIRE_OK(node->publish("plain", "to the plain peer"));
    CHECK(next(command_t::publish) == frames_t{id, "\x01", "plain", "to the plain peer"});
    REQUIRE_OK(node->publish_many("plain", {"a", "b"}));
    CHECK(next(command_t::publish) == frames_t{id, "\x01", "plain", "a"});
    CHECK(next(command_t::publish) == frames_t{id, "\x01", "plain", "b"});
    CHECK_FAILS(EMSGSIZE, node->publish("plain", std::string((1 << 20) + 1, 'x')));

    REQUIRE_OK(node->unsubscribe("plain"));
    CHECK(next(command_t::unsubscribe) == frames_t{id, "\x03", "plain"});
    // Messages of a topic without a subscription are not handed to the application.
    router.send({id, "\x01", "plain", "stray"});
    router.send({id, "\x01", "unknown", "stray"});
    CHECK(eventually([&] { return node->stats().ignored >= 1; }));
    CHECK_FAILS(EAGAIN, node->poll(0));
}
