// Protects: publications that wait for an owner which never takes them are counted at their publisher.
#include "raw.hpp"
#include "support.hpp"

using namespace spot;
using namespace spot::test;

namespace
{
topic_stats_t stats_of(const spot_pubsub_t &node, const std::string &topic)
{
    for (const topic_stats_t &stats : node.topic_stats())
        if (stats.topic == topic)
            return stats;
    return {};
}

peer_state_t state_of_only_peer(const spot_pubsub_t &node)
{
    const std::vector<peer_info_t> peers = node.peers();
    REQUIRE(peers.size() == 1);
    return peers[0].state;
}
}

TEST_CASE("an owner dies and comes back as another node: what was published in between is overflowed")
{
    raw_ctx_t ctx;
    fake_peer_t owner(ctx);
    owner.topics = {"t", "u"};
    const node_ptr node = make_client(nullptr, quick(1000));
    REQUIRE_OK(node->cluster_add(owner.endpoint));
    REQUIRE(owner.serve_until([&] { return is_up(*node, owner.endpoint); }));
    REQUIRE_OK(node->publish("t", "taken"));
    REQUIRE_FALSE(owner.pull.recv().empty());

    owner.pull.close();
    owner.xpub.close();
    owner.router.close();
    REQUIRE(eventually([&] { return state_of_only_peer(*node) == peer_state_t::connecting; }));
    for (int i = 0; i < 5; ++i)
        REQUIRE_OK(node->publish("t", "waits"));
    for (int i = 0; i < 3; ++i)
        REQUIRE_OK(node->publish("u", "waits"));
    CHECK(node->stats().overflowed == 0); // it may still come back as it was

    fake_peer_t next(ctx);
    next.topics = {"t", "u"};
    REQUIRE(eventually([&] { return next.router.try_bind(owner.endpoint); }));
    REQUIRE(next.serve_until([&] { return is_up(*node, owner.endpoint); }));
    CHECK(node->stats().overflowed == 8);
    CHECK(node->stats().published == 9);
    CHECK(node->peer_stats().at(0).overflowed == 8);
    CHECK(stats_of(*node, "t").overflowed == 5);
    CHECK(stats_of(*node, "t").published == 6);
    CHECK(stats_of(*node, "u").overflowed == 3);

    // None of it reaches the other one, and what is published now does.
    REQUIRE_OK(node->publish("t", "to the next"));
    const frames_t first = next.pull.recv();
    REQUIRE(first.size() == 1);
    CHECK(first[0].find("to the next") != std::string::npos);
    CHECK(node->stats().overflowed == 8);
}

TEST_CASE(
    "an owner falls silent before it is replaced: what was published since its last sign of life counts")
{
    raw_ctx_t ctx;
    fake_peer_t owner(ctx);
    owner.topics = {"t"};
    const node_ptr node = make_client(nullptr, quick(100));
    REQUIRE_OK(node->cluster_add(owner.endpoint));
    REQUIRE(owner.serve_until([&] { return is_up(*node, owner.endpoint); }));
    std::uint64_t published = 0; // the owner's sockets are not read
    while (node->publish("t", "waits") == 0) {
        ++published;
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    CHECK(errno == EHOSTUNREACH);
    CHECK(state_of_only_peer(*node) == peer_state_t::down);

    owner.id = owner.hello.node_id = wire::node_id_t::random();
    REQUIRE(owner.serve_until([&] { return is_up(*node, owner.endpoint); }));
    CHECK(node->stats().overflowed > 0);
    CHECK(node->stats().overflowed <= published);
    CHECK(stats_of(*node, "t").overflowed == node->stats().overflowed);
    CHECK(stats_of(*node, "t").published == published);
}

TEST_CASE("an owner that is cut off and comes back as it was gets all of it, and nothing is counted")
{
    raw_ctx_t ctx;
    fake_peer_t owner(ctx);
    owner.topics = {"t"};
    const node_ptr node = make_client(nullptr, quick(1000));
    REQUIRE_OK(node->cluster_add(owner.endpoint));
    REQUIRE(owner.serve_until([&] { return is_up(*node, owner.endpoint); }));
    owner.router.close();
    REQUIRE(eventually([&] { return state_of_only_peer(*node) == peer_state_t::connecting; }));
    REQUIRE_OK(node->publish("t", "waits"));

    fake_peer_t same(ctx); // its control plane anew
    same.topics = {"t"};
    same.id = owner.id;
    same.hello = owner.hello;
    same.answer_fences = false;
    REQUIRE(eventually([&] { return same.router.try_bind(owner.endpoint); }));
    REQUIRE(same.serve_until([&] { return node->stats().reconnects == 1 && !same.seen.empty(); }));
    CHECK_FALSE(owner.pull.recv().empty());
    CHECK(node->stats().overflowed == 0);
}
