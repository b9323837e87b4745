// Protects: join() succeeds when one seed answers, and leaves nothing behind when none does.
#include <cstdlib>

#include "gossip.hpp"
#include "names.hpp"

using namespace spot;
using namespace spot::test;

TEST_CASE("join: one seed that answers is enough, the others are tried for ever")
{
    const names_t names; // it knows none
    const node_ptr server = make_server({"t"}), other = make_server();
    REQUIRE_OK(other->cluster_add(server->endpoint(), patience_ms));
    const std::string nobody = free_endpoint();
    const node_ptr node = make_server();
    REQUIRE_OK(node->join({nobody, server->endpoint(), node->endpoint(), "tcp://no-such-host.invalid:1"}));
    CHECK(node->topic_exists("t"));
    CHECK(has_endpoint(*node, nobody));
    CHECK(eventually([&] { return node->stats().peers_up == 2; }));
    CHECK_FAILS(EEXIST, node->cluster_add(server->endpoint()));
    // Peers already, learned or added: at once, and the learned one is adopted.
    REQUIRE_OK(node->join({server->endpoint(), other->endpoint()}, -1));
    CHECK_FAILS(EEXIST, node->cluster_add(other->endpoint()));
    CHECK(node->peers().size() == 4); // the name that is not known yet among them
}

TEST_CASE("join: nobody answers, and nothing is left behind")
{
    const names_t names; // it knows none
    const node_ptr node = make_server();
    const std::string one = free_endpoint(), two = free_endpoint(), mine = free_endpoint();
    REQUIRE_OK(node->cluster_add(mine));
    const stopwatch_t watch;
    CHECK_FAILS(EHOSTUNREACH, node->join({one, two, mine}, 200));
    CHECK(watch.ms() >= 190);
    CHECK(node->peers().size() == 1);
    CHECK(has_endpoint(*node, mine));
    CHECK_FAILS(EHOSTUNREACH, node->join({"tcp://no-such-host.invalid:1"}, 50));
    CHECK_FAILS(EINVAL, node->join({one, "tcp://*:1"}, 1000));
    CHECK(node->peers().size() == 1);
    REQUIRE_OK(node->join({one, two}, 0)); // without waiting they are kept
    CHECK(node->peers().size() == 3);
}

TEST_CASE("join: seeds that are this very node wait for nobody and leave no link")
{
    const node_ptr node = make_server();
    REQUIRE_OK(node->join({node->endpoint()}, patience_ms));
    REQUIRE_OK(node->join({by_name(node->endpoint())}, patience_ms));
    CHECK(eventually([&] { return node->peers().empty(); }));
    node->close();
    CHECK_FAILS(ENOTSOCK, node->join({node->endpoint()}));
}

TEST_CASE("join: without arguments from SPOT_SEEDS")
{
    const node_ptr server = make_server(), node = make_client();
    unsetenv("SPOT_SEEDS");
    CHECK_FAILS(EINVAL, node->join());
    setenv("SPOT_SEEDS", " , ", 1);
    CHECK_FAILS(EINVAL, node->join());
    setenv("SPOT_SEEDS", (" " + free_endpoint() + ", " + server->endpoint() + ",").c_str(), 1);
    REQUIRE_OK(node->join());
    CHECK(node->peers().size() == 2);
    unsetenv("SPOT_SEEDS");
}
