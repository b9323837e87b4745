// Protects: a node that takes the id of another does not take its place.
#include "gossip.hpp"

using namespace spot;
using namespace spot::test;

TEST_CASE("an added endpoint that says it is a learned peer does not push that one out")
{
    const node_ptr node = make_server(), honest = make_server({"t"});
    REQUIRE_OK(honest->cluster_add(node->endpoint()));
    REQUIRE(eventually([&] { return is_up(*node, honest->endpoint()); }));
    subscribe(*node, {"t"});
    raw_ctx_t ctx;
    fake_peer_t impostor(ctx);
    impostor.hello.node_id = id_of(*honest);
    REQUIRE_OK(node->cluster_add(impostor.endpoint));
    // It is UP when it has confirmed what was sent to the honest one's data.
    REQUIRE(impostor.serve_until([&] { return is_up(*node, impostor.endpoint); }));
    impostor.reply(wire::encode_bye());
    REQUIRE(impostor.serve_until([&] { return !is_up(*node, impostor.endpoint); }));
    CHECK(is_up(*node, honest->endpoint()));
    REQUIRE_OK(honest->publish("t", "x"));
    CHECK(receive_text(*node) == "t=x");
    // Nor is it gone for those who tell of it.
    REQUIRE_OK(node->cluster_remove(impostor.endpoint));
    CHECK(is_up(*node, honest->endpoint()));
}

TEST_CASE("a learned endpoint that says it is an added peer is left, and that one is not")
{
    const node_ptr node = make_client(), honest = make_server({"t"});
    REQUIRE_OK(node->cluster_add(honest->endpoint(), patience_ms));
    raw_ctx_t ctx;
    fake_peer_t impostor(ctx);
    const wire::node_id_t said = impostor.hello.node_id;
    impostor.hello.node_id = id_of(*honest);
    liar_t liar(*node);
    liar.tell({{impostor.endpoint, said}});
    // It is a peer until it has answered, and does not answer before it was seen here.
    REQUIRE(liar.peer.serve_until([&] { return has_endpoint(*node, impostor.endpoint); }));
    CHECK(liar.peer.serve_until([&] {
        impostor.serve(1);
        return !has_endpoint(*node, impostor.endpoint);
    }));
    CHECK(is_up(*node, honest->endpoint()));
}

TEST_CASE("who says HELLO and BYE with another one's id keeps nobody from learning of it")
{
    const node_ptr node = make_server(), honest = make_server();
    raw_ctx_t ctx;
    raw_socket_t impostor(ctx, ZMQ_DEALER);
    impostor.connect(node->endpoint());
    wire::hello_t hello;
    hello.node_id = id_of(*honest);
    const auto claim = [&] {
        impostor.send(wire::encode_hello(hello));
        CHECK(impostor.recv_command(wire::command_t::welcome).size() > 0);
    };
    claim();
    impostor.send(wire::encode_bye());
    claim(); // the BYE was read before this
    REQUIRE_OK(honest->cluster_add(node->endpoint(), patience_ms));
    REQUIRE(eventually([&] { return knows(*node, honest->node_id()); }));
    // Nor does a BYE while it is there end anything.
    impostor.send(wire::encode_bye());
    claim();
    CHECK(knows(*node, honest->node_id()));
    CHECK(is_up(*honest, node->endpoint()));
    // A connection is one node's.
    hello.node_id = wire::node_id_t::random();
    const std::uint64_t malformed = node->stats().malformed;
    impostor.send(wire::encode_hello(hello));
    CHECK(eventually([&] { return node->stats().malformed == malformed + 1; }));
}
