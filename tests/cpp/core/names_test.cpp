// Protects: peers with host names: no call waits for a name server, a name is tried for ever, and it is
// looked up again for a new connection.
#include "gossip.hpp"
#include "names.hpp"

using namespace spot;
using namespace spot::test;

TEST_CASE(
    "a name server that does not answer holds up no call beyond its time-out, no other name, and no close")
{
    names_t names;
    const node_ptr server = make_server({"t"});
    names.set("there.test", {"127.0.0.1"});
    const std::string there = at_host("there.test", server->endpoint());
    const node_ptr node = make_client();
    const fair_watch_t watch;
    for (int i = 0; i < 20; ++i)
        REQUIRE_OK(node->cluster_add("tcp://silent-" + std::to_string(i) + ".test:1"));
    REQUIRE_OK(node->join({"tcp://silent.test:2"}, 0));
    REQUIRE_OK(node->topic_route("routed", "tcp://silent.test:3"));
    CHECK_FAILS(EHOSTUNREACH, node->cluster_add("tcp://silent.test:4", 50));
    CHECK_FAILS(EHOSTUNREACH, node->join({"tcp://silent.test:5", "tcp://silent.test:6"}, 50));
    REQUIRE_OK(node->join({"tcp://silent.test:7", there}, patience_ms));
    subscribe(*node, {"t"});
    REQUIRE_OK(server->publish("t", "x"));
    CHECK(receive_text(*node) == "t=x");
    const worker_t binder([&] { CHECK_FAILS(ENOTSOCK, node->bind("tcp://silent-here.test:0")); });
    REQUIRE(eventually([&] { return names.asked("silent-here.test") == 1; }));
    CHECK_FAILS(EHOSTUNREACH, node->publish("routed", "x"));
    node->close();
    CHECK(watch.ms() < patience_ms / 2);
    CHECK(names.asked("there.test") == 1);
}

TEST_CASE("a name that is not known yet is tried for ever; only an addition with a time-out says so")
{
    names_t names;
    const node_ptr server = make_server(), node = make_client();
    const std::string added = at_host("added.test", server->endpoint());
    const std::string seed = at_host("seed.test", server->endpoint());
    REQUIRE_OK(node->cluster_add(added));
    REQUIRE_OK(node->join({seed}, 0));
    CHECK_FAILS(EHOSTUNREACH, node->cluster_add(at_host("never.test", server->endpoint()), -1));
    CHECK(has_endpoint(*node, added));
    CHECK(has_endpoint(*node, seed));
    CHECK(node->peers().size() == 2);
    REQUIRE(eventually([&] { return names.asked("added.test") > 1 && names.asked("seed.test") > 1; }));
    names.set("added.test", {"127.0.0.1"});
    names.set("seed.test", {"127.0.0.1"});
    CHECK(eventually([&] { return is_up(*node, added); }));
    CHECK(eventually([&] { return is_up(*node, seed); }));
}

TEST_CASE("a join waits for a name that becomes known meanwhile")
{
    names_t names;
    const node_ptr server = make_server(), node = make_client();
    const std::string seed = at_host("late.test", server->endpoint());
    const worker_t joiner([&] { CHECK(node->join({seed, "tcp://never.test:1"}, patience_ms) == 0); });
    REQUIRE(eventually([&] { return names.asked("late.test") > 0; }));
    names.set("late.test", {"127.0.0.1"});
}

TEST_CASE("a peer that moved to another address behind its name is found, and is called by that name")
{
    names_t names;
    node_ptr server = make_server({"t"}, "tcp://127.0.0.2:0");
    const std::string name = at_host("moves.test", server->endpoint());
    names.set("moves.test", {"127.0.0.2"});
    const node_ptr node = make_client();
    REQUIRE_OK(node->cluster_add(name, patience_ms));
    subscribe(*node, {"t"});
    const std::string elsewhere = at_host("127.0.0.3", server->endpoint());
    server.reset();
    names.set("moves.test", {"127.0.0.3"});
    server = make_client();
    REQUIRE_OK(server->topic_create("t"));
    REQUIRE(eventually([&] { return server->bind(elsewhere) == 0; }));
    REQUIRE(eventually([&] { return is_up(*node, name); }));
    CHECK(node->peers()[0].node_id == server->node_id());
    REQUIRE_OK(server->publish("t", "x"));
    CHECK(receive_text(*node) == "t=x");
}

TEST_CASE("the addresses of a name are tried in turn")
{
    names_t names;
    const node_ptr server = make_server({}, "tcp://127.0.0.3:0"), node = make_client();
    names.set("many.test", {"127.0.0.2", "127.0.0.3"});
    REQUIRE_OK(node->cluster_add(at_host("many.test", server->endpoint()), patience_ms));
}

TEST_CASE("a name that a node advertises is looked up for its data, too; nobody is UP before")
{
    names_t names;
    const node_ptr server = make_client(), node = make_client();
    bind_options_t options;
    options.advertise = "advertised.test";
    REQUIRE_OK(server->bind("tcp://127.0.0.1:0", options));
    REQUIRE_OK(server->topic_create("t"));
    const std::string endpoint = at_host("127.0.0.1", server->endpoint());
    REQUIRE_OK(node->cluster_add(endpoint));
    REQUIRE(eventually([&] { return names.asked("advertised.test") > 0; }));
    CHECK_FALSE(is_up(*node, endpoint));
    names.set("advertised.test", {"::1", "127.0.0.1"}); // it is not bound to the first
    REQUIRE(eventually([&] { return is_up(*node, endpoint); }));
    subscribe(*node, {"t"});
    REQUIRE_OK(server->publish("t", "x"));
    CHECK(receive_text(*node) == "t=x");
    CHECK(eventually([&] { return node->publish("t", "y") == 0; }));
}

TEST_CASE("names to bind to: an address of them is bound, and what has none is no endpoint")
{
    names_t names;
    names.set("here.test", {"127.0.0.4"});
    names.set("data.test", {"127.0.0.5"});
    const node_ptr node = make_client();
    bind_options_t options;
    options.data_endpoint = "tcp://unknown.test:0";
    CHECK_FAILS(EINVAL, node->bind("tcp://unknown.test:0"));
    CHECK_FAILS(EINVAL, node->bind("tcp://here.test:0", options));
    options.data_endpoint = "tcp://data.test:0";
    REQUIRE_OK(node->bind("tcp://here.test:0", options));
    CHECK(node->endpoint().find("tcp://127.0.0.4:") == 0);
    CHECK(node->data_endpoint().find("tcp://127.0.0.5:") == 0);
    CHECK_FAILS(EEXIST, node->bind("tcp://silent.test:0"));
}

TEST_CASE("what nodes tell of names: each look-up that is silent leaves room for others, and rumours do not "
          "hold up the user's own")
{
    names_t names;
    const node_ptr node = make_client(), honest = make_server(), wanted = make_server();
    liar_t liar(*node);
    std::vector<wire::peer_entry_t> entries;
    for (int i = 0; i < 500; ++i)
        entries.push_back({"tcp://silent-" + std::to_string(i) + ".test:1", wire::node_id_t::random()});
    liar.tell(entries);
    liar.tell_and_prove(*node, {});
    names.set("wanted.test", {"127.0.0.1"});
    const std::string name = at_host("wanted.test", wanted->endpoint());
    REQUIRE_OK(node->cluster_add(name));
    CHECK(liar.peer.serve_until([&] { return is_up(*node, name); }));
}
