// Protects: a peer that answers but does not confirm subscriptions is DOWN until it confirms them.
#include <atomic>
#include <string>

#include "raw.hpp"

using namespace spot;
using namespace spot::test;

namespace
{
// Two nodes, and a peer of both that speaks.
struct unconfirming_t
{
    explicit unconfirming_t(std::int64_t heartbeat_ms = 300)
        : peer(ctx), owner(make_server({"t"}, "tcp://127.0.0.1:0", nullptr, quick(heartbeat_ms))),
          node(make_client(nullptr, quick(heartbeat_ms)))
    {
        join(*node, *owner);
        REQUIRE_OK(node->cluster_add(peer.endpoint));
    }
    // While the peer is served.
    template <typename Call> int served(Call call)
    {
        std::atomic<int> result{1};
        const worker_t caller([&] { result = call(); });
        CHECK(peer.serve_until([&] { return result != 1; }));
        return result;
    }
    int subscribe(const std::string &name)
    {
        return served([&] { return node->subscribe_many({name}, true, patience_ms); });
    }
    bool serve_until_up()
    {
        return peer.serve_until([&] { return is_up(*node, peer.endpoint); });
    }

    raw_ctx_t ctx;
    fake_peer_t peer;
    node_ptr owner, node;
};
}

TEST_CASE("a peer that speaks and confirms nothing is DOWN, holds up one call for moments, and comes back")
{
    unconfirming_t test;
    REQUIRE(test.serve_until_up());
    test.peer.answer_fences = false;
    {
        const fair_watch_t watch;
        REQUIRE_OK(test.subscribe("t"));
        CHECK(watch.ms() < 4000);
    }
    CHECK_FALSE(is_up(*test.node, test.peer.endpoint));
    CHECK(is_up(*test.node, test.owner->endpoint()));
    {
        const fair_watch_t watch;
        for (int i = 0; i < 5; ++i)
            REQUIRE_OK(test.subscribe("other" + std::to_string(i)));
        REQUIRE_OK(test.served([&] { return test.node->cluster_sync(patience_ms); }));
        CHECK(watch.ms() < 900);
    }
    CHECK_FALSE(is_up(*test.node, test.peer.endpoint)); // whatever else it says
    REQUIRE_OK(test.owner->publish("t", "x"));
    CHECK(receive_text(*test.node) == "t=x");

    test.peer.answer_fences = true;
    CHECK(test.serve_until_up());
    test.peer.xpub.send({data_frame("other1", 1, "in effect", test.peer.id.source())});
    CHECK(receive_text(*test.node) == "other1=in effect");

    // The second time it is not asked again before two heartbeats are over.
    test.peer.answer_fences = false;
    REQUIRE_OK(test.subscribe("another"));
    CHECK_FALSE(is_up(*test.node, test.peer.endpoint));
    test.peer.answer_fences = true;
    const stopwatch_t watch;
    CHECK(test.serve_until_up());
    CHECK(watch.ms() >= 500);
}

TEST_CASE("a peer that never comes UP holds up calls for a second in all, and not each of them")
{
    unconfirming_t test;
    test.peer.answer_fences = false;
    REQUIRE(test.peer.serve_until([&] { return !test.peer.tokens().empty(); }));
    const fair_watch_t watch;
    for (int i = 0; i < 10; ++i)
        REQUIRE_OK(test.subscribe("t" + std::to_string(i)));
    CHECK(watch.ms() < 4000);
}
