// Protects: a peer with a million topics delays no other peer, neither when it tells of them nor when it
// goes.
#include <algorithm>
#include <string>

#include "raw.hpp"

using namespace spot;
using namespace spot::test;

namespace
{
constexpr std::size_t many = rounds<std::size_t>(200000, 40000);

std::size_t topics_of(const spot_pubsub_t &node, const std::string &endpoint)
{
    for (const peer_info_t &peer : node.peers())
        if (peer.endpoint == endpoint)
            return peer.topics;
    return 0;
}

// A node with a peer that has very many topics, and a plain program that asks it something again and again.
struct long_list_t
{
    long_list_t() : peer(ctx), asker(ctx, ZMQ_DEALER), node(make_server({"own"}))
    {
        for (std::size_t i = 0; i < many; ++i)
            peer.topics.push_back("topic" + std::to_string(i));
        asker.connect(node->endpoint());
    }
    // The node answers, and what holds then is looked at.
    template <typename Holds> bool answers_while(Holds holds)
    {
        asker.send(wire::encode_query());
        return !asker.recv().empty() && holds();
    }
    std::size_t known() const { return topics_of(*node, peer.endpoint); }

    raw_ctx_t ctx;
    fake_peer_t peer;
    raw_socket_t asker;
    node_ptr node;
};
}

TEST_CASE("while a peer's long list is taken, and while it is let go, the node answers others")
{
    long_list_t test;
    watcher_t watcher;
    REQUIRE_OK(test.node->watch(watcher));
    REQUIRE_OK(test.node->cluster_add(test.peer.endpoint));
    int meanwhile = 0;
    const auto in_between = [&] { return test.known() > 0 && test.known() < many; };
    for (const stopwatch_t watch; test.known() < many && watch.ms() < patience_ms;) {
        test.peer.serve(0);
        meanwhile += test.answers_while(in_between) ? 1 : 0;
    }
    CHECK(meanwhile >= 3);
    REQUIRE(test.peer.serve_until([&] { return is_up(*test.node, test.peer.endpoint); }));
    CHECK(test.node->list_topics().size() == many + 1);

    // It says that it has a few of them left.
    test.peer.topics.resize(3);
    test.peer.reply(wire::encode_bye());
    meanwhile = 0;
    const auto some_left = [&] {
        const std::size_t left = test.node->stats().topics_remote;
        return left > 0 && left < many;
    };
    for (const stopwatch_t watch; test.node->stats().topics_remote > 0 && watch.ms() < patience_ms;)
        meanwhile += test.answers_while(some_left) ? 1 : 0;
    CHECK(meanwhile >= 3);
    CHECK(listing(*test.node) == std::vector<std::string>{"own LOCAL"});
}

TEST_CASE("what was removed is gone when the call returns, however much it was, and may come back")
{
    long_list_t test;
    REQUIRE_OK(test.node->cluster_add(test.peer.endpoint));
    REQUIRE(test.peer.serve_until([&] { return is_up(*test.node, test.peer.endpoint); }));
    REQUIRE(test.known() == many);
    REQUIRE_OK(test.node->cluster_remove(test.peer.endpoint));
    CHECK(test.node->peers().empty());
    CHECK(test.node->stats().topics_remote == 0);
    test.peer.topics.resize(2);
    REQUIRE_OK(test.node->cluster_add(test.peer.endpoint));
    REQUIRE(test.peer.serve_until([&] { return is_up(*test.node, test.peer.endpoint); }));
    CHECK(listing(*test.node) == std::vector<std::string>{"own LOCAL", "topic0 REMOTE", "topic1 REMOTE"});
}
