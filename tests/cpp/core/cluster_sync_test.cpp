// Protects: cluster_sync() asks all peers at once, brings their topics up to date, and counts answers
// correctly.
#include "raw.hpp"
#include "support.hpp"

using namespace spot;
using namespace spot::test;

TEST_CASE("topics that a peer no longer has disappear at the next sync; new ones appear")
{
    const node_ptr server = make_server({"stays", "goes"});
    const node_ptr node = make_client();
    join(*node, *server);
    REQUIRE_OK(server->topic_destroy("goes"));
    REQUIRE_OK(server->topic_create("comes"));
    REQUIRE_OK(node->cluster_sync(patience_ms));
    CHECK(listing(*node) == std::vector<std::string>{"comes REMOTE", "stays REMOTE"});
    CHECK_FAILS(ENOENT, node->publish("goes", "x"));
}

TEST_CASE("routes by hand: no sync needed, kept by syncs, and replaced by what the peer says itself")
{
    const node_ptr server = make_server();
    REQUIRE_OK(server->topic_create("routed"));
    const node_ptr node = make_client();
    REQUIRE_OK(node->topic_route("routed", server->endpoint()));
    REQUIRE_OK(node->topic_route("never owned", server->endpoint()));
    CHECK(node->peers().size() == 1);
    REQUIRE_OK(node->subscribe("routed"));
    CHECK(eventually([&] { return is_up(*node, server->endpoint()); }));
    CHECK(eventually([&] { return node->publish("routed", "x") == 0; }));
    CHECK(receive_text(*node) == "routed=x");
    REQUIRE_OK(node->cluster_sync(patience_ms));
    CHECK(listing(*node) == std::vector<std::string>{"never owned REMOTE", "routed REMOTE"});

    // A second owner of the same topic.
    const node_ptr other = make_server({"routed"});
    REQUIRE_OK(node->topic_route("routed", other->endpoint()));
    for (const topic_info_t &topic : node->list_topics())
        if (topic.id == "routed")
            CHECK(topic.endpoints.size() == 2);
    REQUIRE_OK(node->cluster_remove(server->endpoint()));
    CHECK(listing(*node) == std::vector<std::string>{"routed REMOTE"});
}

TEST_CASE("ten dead peers cost one time-out, and the living one is registered")
{
    raw_ctx_t ctx;
    // Peers that accept connections and never say a word.
    std::vector<std::unique_ptr<raw_socket_t>> mute;
    const node_ptr node = make_client();
    for (int i = 0; i < 10; ++i) {
        mute.push_back(std::make_unique<raw_socket_t>(ctx, ZMQ_ROUTER));
        REQUIRE_OK(node->cluster_add(mute.back()->bind()));
    }
    const node_ptr server = make_server({"answered"});
    REQUIRE_OK(node->cluster_add(server->endpoint()));
    std::vector<std::string> missing;
    const fair_watch_t watch;
    CHECK_FAILS(ETIMEDOUT, node->cluster_sync(1000, &missing));
    CHECK(watch.ms() < 3000);
    CHECK(missing.size() == 10);
    CHECK(node->topic_exists("answered"));
}

TEST_CASE("an answer to an earlier QUERY does not count for a later sync, but still updates the table")
{
    raw_ctx_t ctx;
    fake_peer_t peer(ctx);
    peer.topics = {"first"};
    const node_ptr node = make_client();
    REQUIRE_OK(node->cluster_add(peer.endpoint));
    REQUIRE(peer.serve_until([&] { return is_up(*node, peer.endpoint); }));

    peer.answer_queries = false;
    std::atomic<int> result{1};
    const worker_t sync([&] { result = node->cluster_sync(patience_ms); });
    const auto queries = [&] {
        int count = 0;
        for (const frames_t &frames : peer.seen)
            count += frames[0] == command(wire::command_t::query);
        return count;
    };
    const int before = queries();
    REQUIRE(peer.serve_until([&] { return queries() == before + 1; }));
    CHECK(result == 1);

    // A second sync asks for itself: one answer ends the first alone.
    std::atomic<int> second{1};
    const worker_t later([&] { second = node->cluster_sync(patience_ms); });
    REQUIRE(peer.serve_until([&] { return queries() == before + 2; }));
    peer.reply(wire::encode_query_resp({"second"}));
    CHECK(peer.serve_until([&] { return result == 0; }));
    CHECK(second == 1);
    CHECK(listing(*node) == std::vector<std::string>{"second REMOTE"});
    peer.reply(wire::encode_query_resp({"third"}));
    CHECK(peer.serve_until([&] { return second == 0; }));
    CHECK(listing(*node) == std::vector<std::string>{"third REMOTE"});

    // An answer without a question.
    const std::uint64_t malformed = node->stats().malformed;
    peer.reply(wire::encode_query_resp({"forged"}));
    CHECK(peer.serve_until([&] { return node->stats().malformed == malformed + 1; }));
    CHECK(listing(*node) == std::vector<std::string>{"third REMOTE"});
}

TEST_CASE("many syncs at once from several threads all end well")
{
    std::vector<node_ptr> servers;
    const node_ptr node = make_client();
    for (int i = 0; i < 4; ++i) {
        servers.push_back(make_server({"t" + std::to_string(i)}));
        REQUIRE_OK(node->cluster_add(servers.back()->endpoint()));
    }
    std::atomic<int> failed{0};
    {
        std::vector<std::unique_ptr<worker_t>> workers;
        for (int i = 0; i < 4; ++i)
            workers.push_back(std::make_unique<worker_t>([&] {
                for (int round = 0; round < rounds(50, 10); ++round)
                    failed += node->cluster_sync(patience_ms) != 0;
            }));
    }
    CHECK(failed == 0);
    CHECK(node->list_topics().size() == 4);
    CHECK(node->stats().malformed == 0);
}

TEST_CASE("a sync answers while the peer's application never calls recv, and lists are complete")
{
    const node_ptr server = make_server();
    const int count = rounds(20000, 3000);
    for (int i = 0; i < count; ++i)
        REQUIRE_OK(server->topic_create("topic:" + std::to_string(i)));
    const node_ptr node = make_client();
    join(*node, *server);
    CHECK(node->list_topics().size() == static_cast<std::size_t>(count));
    CHECK(node->stats().topics_remote == static_cast<std::uint64_t>(count));
    REQUIRE(node->peers().size() == 1);
    CHECK(node->peers()[0].topics == static_cast<std::size_t>(count));
}
