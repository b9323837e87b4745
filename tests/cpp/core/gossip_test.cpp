// Protects: a node that joins through one other gets to know all nodes, and has one link to each.
#include <algorithm>

#include <unistd.h>

#include "gossip.hpp"

using namespace spot;
using namespace spot::test;

TEST_CASE("a chain in which each node was told of its neighbour only becomes a full mesh")
{
    nodes_t nodes;
    for (int i = 0; i < 4; ++i) {
        nodes.push_back(make_server({"topic" + std::to_string(i)}));
        if (i > 0)
            REQUIRE_OK(nodes[i]->cluster_add(nodes[i - 1]->endpoint()));
    }
    REQUIRE(eventually([&] { return meshed(nodes); }));
    for (const node_ptr &node : nodes)
        CHECK(eventually([&] { return node->list_topics().size() == 4; }));
    for (const node_ptr &node : nodes)
        subscribe(*node, {"topic0"});
    REQUIRE_OK(nodes[3]->publish("topic0", "from the other end"));
    for (const node_ptr &node : nodes)
        CHECK(receive_text(*node) == "topic0=from the other end");
    CHECK(nodes[0]->stats().malformed == 0);
}

TEST_CASE("nodes bound to all interfaces find each other, and those that bind late, too")
{
    nodes_t nodes;
    for (int i = 0; i < 3; ++i)
        nodes.push_back(make_client());
    REQUIRE_OK(nodes[0]->bind("tcp://*:0"));
    for (int i = 1; i < 3; ++i)
        REQUIRE_OK(nodes[i]->cluster_add(nodes[0]->endpoint(), patience_ms));
    CHECK(nodes[0]->peers().empty()); // no node can reach a client
    for (int i = 1; i < 3; ++i)
        REQUIRE_OK(nodes[i]->bind("tcp://*:0"));
    CHECK(eventually([&] { return meshed(nodes); }));
}

TEST_CASE("over ipc and inproc")
{
    ctx_t ctx;
    const std::string base = "/tmp/spot-gossip-" + std::to_string(getpid());
    for (const std::string &scheme : {"ipc://" + base, std::string("inproc://gossip")}) {
        CAPTURE(scheme);
        nodes_t nodes;
        for (int i = 0; i < 3; ++i) {
            nodes.push_back(make_server({}, scheme + std::to_string(i), &ctx));
            if (i > 0)
                REQUIRE_OK(nodes[i]->cluster_add(nodes[0]->endpoint()));
        }
        CHECK(eventually([&] { return meshed(nodes); }));
    }
}

TEST_CASE("three nodes in every order of starting, with seeds that are not there yet")
{
    std::vector<int> order{0, 1, 2};
    do {
        CAPTURE(order[0]);
        CAPTURE(order[1]);
        const std::string seed = free_endpoint();
        nodes_t nodes(3);
        for (const int i : order) {
            nodes[i] = make_client();
            REQUIRE(eventually([&] { return nodes[i]->bind(i == 0 ? seed : "tcp://127.0.0.1:0") == 0; }));
            if (i > 0)
                REQUIRE_OK(nodes[i]->cluster_add(seed));
        }
        CHECK(eventually([&] { return meshed(nodes); }));
    } while (std::next_permutation(order.begin(), order.end()));
}

TEST_CASE("many nodes from one seed at once: a full mesh with one link for each pair")
{
    constexpr int count = rounds(16, 8);
    nodes_t nodes;
    for (int i = 0; i < count; ++i)
        nodes.push_back(make_server());
    const stopwatch_t watch;
    for (int i = 1; i < count; ++i)
        REQUIRE_OK(nodes[i]->cluster_add(nodes[0]->endpoint()));
    REQUIRE(eventually([&] { return meshed(nodes); }));
    MESSAGE(count, " nodes, full mesh after ", watch.ms(), " ms");
    for (const node_ptr &node : nodes) {
        CHECK(node->stats().malformed == 0);
        CHECK(node->stats().reconnects == 0);
    }
}

TEST_CASE("a client learns of all nodes through one, and hears their topics")
{
    const node_ptr one = make_server({"one"}), two = make_server({"two"});
    REQUIRE_OK(two->cluster_add(one->endpoint(), patience_ms));
    const node_ptr client = make_client();
    REQUIRE_OK(client->cluster_add(two->endpoint(), patience_ms));
    REQUIRE(eventually([&] { return client->stats().peers_up == 2; }));
    subscribe(*client, {"one", "two"});
    REQUIRE_OK(one->publish("one", "1"));
    CHECK(receive_text(*client) == "one=1");
    REQUIRE_OK(client->publish("two", "2"));
    CHECK(receive_text(*client) == "two=2");
}

TEST_CASE("without gossip membership is as it was added by hand")
{
    const node_ptr hub = make_server({}, "tcp://127.0.0.1:0", nullptr, manual());
    const node_ptr one = make_server(), two = make_server({}, "tcp://127.0.0.1:0", nullptr, manual());
    REQUIRE_OK(one->cluster_add(hub->endpoint(), patience_ms));
    REQUIRE_OK(two->cluster_add(hub->endpoint(), patience_ms));
    REQUIRE_OK(hub->cluster_add(two->endpoint(), patience_ms));
    // It tells no node of the one that it added (a PEERS would come before this answer), and adds no other.
    REQUIRE_OK(one->cluster_sync(patience_ms));
    CHECK(one->peers().size() == 1);
    CHECK(hub->peers().size() == 1);
    // It believes nothing either.
    REQUIRE_OK(one->cluster_add(two->endpoint(), patience_ms));
    raw_ctx_t ctx;
    fake_peer_t fake(ctx);
    REQUIRE_OK(two->cluster_add(fake.endpoint));
    REQUIRE(fake.serve_until([&] { return is_up(*two, fake.endpoint); }));
    const std::uint64_t ignored = two->stats().ignored;
    fake.reply(wire::encode_peers({{one->endpoint(), id_of(*one)}}));
    REQUIRE(fake.serve_until([&] { return two->stats().ignored == ignored + 1; }));
    CHECK(two->peers().size() == 2);
}
