// Protects: the user's decisions about peers outweigh gossip, and learned peers that are gone are forgotten.
#include <functional>

#include "gossip.hpp"

using namespace spot;
using namespace spot::test;

TEST_CASE("a learned peer is adopted, once; the user's own stays when it is away")
{
    node_ptr one = make_server();
    const node_ptr two = make_server(), three = make_server();
    REQUIRE_OK(one->cluster_add(two->endpoint()));
    REQUIRE_OK(three->cluster_add(two->endpoint()));
    REQUIRE(eventually([&] { return knows(*three, one->node_id()) && knows(*two, one->node_id()); }));
    REQUIRE_OK(three->cluster_add(one->endpoint(), patience_ms));
    CHECK_FAILS(EEXIST, three->cluster_add(one->endpoint()));
    CHECK_FAILS(EEXIST, three->cluster_add(one->endpoint(), 100));
    const std::string endpoint = one->endpoint();
    one.reset();
    CHECK(eventually([&] { return !has_endpoint(*two, endpoint); })); // learned, and said BYE
    CHECK(has_endpoint(*three, endpoint));
}

TEST_CASE("an adoption that ends without an answer leaves a learned peer behind")
{
    const node_ptr node = make_client(nullptr, quick(1000));
    liar_t liar(*node);
    raw_ctx_t ctx;
    raw_socket_t mute(ctx, ZMQ_ROUTER);
    const std::string endpoint = mute.bind();
    liar.tell({{endpoint, wire::node_id_t::random()}});
    REQUIRE(liar.peer.serve_until([&] { return has_endpoint(*node, endpoint); }));
    CHECK_FAILS(EHOSTUNREACH, node->cluster_add(endpoint, 50));
    CHECK(has_endpoint(*node, endpoint));
    REQUIRE_OK(node->cluster_add(endpoint));
    CHECK_FAILS(EEXIST, node->cluster_add(endpoint));
}

TEST_CASE("a learned peer gives way to one that the user added under another name")
{
    const node_ptr server = make_server({"t"}), node = make_server();
    REQUIRE_OK(server->cluster_add(node->endpoint()));
    REQUIRE(eventually([&] { return knows(*node, server->node_id()); }));
    subscribe(*node, {"t"});
    const std::string name = by_name(server->endpoint());
    REQUIRE_OK(node->cluster_add(name, patience_ms));
    REQUIRE(eventually([&] { return node->peers().size() == 1; }));
    CHECK(node->peers()[0].endpoint == name);
    for (int i = 0; i < 20; ++i)
        REQUIRE_OK(server->publish("t", std::to_string(i)));
    for (int i = 0; i < 20; ++i)
        CHECK(receive_text(*node) == "t=" + std::to_string(i));

    // And the other way round: what is told under another name adds nothing.
    liar_t liar(*node);
    liar.tell_and_prove(*node, {{server->endpoint(), wire::node_id_t::random()}});
    CHECK(liar.peer.serve_until([&] { return node->peers().size() == 2; }));
    CHECK(is_up(*node, name));
}

TEST_CASE("cluster_remove sticks: neither the peer nor others bring it back, until it is added again")
{
    const node_ptr node = make_server(), friendly = make_server();
    node_ptr removed = make_server();
    REQUIRE_OK(friendly->cluster_add(node->endpoint()));
    REQUIRE_OK(removed->cluster_add(friendly->endpoint()));
    REQUIRE(eventually([&] { return node->stats().peers_up == 2 && removed->stats().peers_up == 2; }));
    const std::string endpoint = removed->endpoint();
    const wire::node_id_t id = id_of(*removed);
    REQUIRE_OK(node->cluster_remove(endpoint));
    CHECK(node->peers().size() == 1);
    CHECK_FAILS(ENOENT, node->cluster_remove(endpoint));

    liar_t liar(*node);
    liar.tell_and_prove(*node,
                        {{endpoint, id}, {by_name(endpoint), id}, {endpoint, wire::node_id_t::random()}});
    CHECK_FALSE(has_endpoint(*node, endpoint));
    CHECK(node->peers().size() == 2);

    // It comes back under its endpoint, with a new id, and says HELLO itself.
    removed.reset();
    removed = make_client();
    REQUIRE(eventually([&] { return removed->bind(endpoint) == 0; }));
    REQUIRE_OK(removed->cluster_add(node->endpoint(), patience_ms));
    REQUIRE(liar.peer.serve_until([&] { return knows(*friendly, removed->node_id()); }));
    liar.tell_and_prove(*node, {{endpoint, id_of(*removed)}});
    CHECK_FALSE(has_endpoint(*node, endpoint));

    REQUIRE_OK(node->cluster_add(endpoint, patience_ms));
    CHECK(is_up(*node, endpoint));
}

TEST_CASE("a learned peer that says BYE is gone at once, and stories of it do not bring it back")
{
    const node_ptr node = make_server({"own"});
    node_ptr leaver = make_server({"theirs"});
    const std::string endpoint = leaver->endpoint();
    const wire::node_id_t id = id_of(*leaver);
    REQUIRE_OK(leaver->cluster_add(node->endpoint()));
    REQUIRE(eventually([&] { return node->list_topics().size() == 2; }));
    leaver->close();
    CHECK(eventually([&] { return node->peers().empty(); }));
    CHECK(listing(*node) == std::vector<std::string>{"own LOCAL"});
    liar_t liar(*node);
    liar.tell_and_prove(*node, {{endpoint, id}});
    CHECK(node->peers().size() == 1);
}

TEST_CASE("a restart under the same endpoint is one peer with a new id, everywhere")
{
    const node_ptr seed = make_server(), other = make_server();
    REQUIRE_OK(other->cluster_add(seed->endpoint(), patience_ms));
    const std::string endpoint = free_endpoint();
    std::string last_id;
    for (int round = 0; round < 3; ++round) {
        CAPTURE(round);
        const node_ptr restarted = make_client();
        REQUIRE(eventually([&] { return restarted->bind(endpoint) == 0; }));
        REQUIRE_OK(restarted->cluster_add(seed->endpoint(), patience_ms));
        REQUIRE(eventually([&] {
            return knows(*other, restarted->node_id()) && knows(*seed, restarted->node_id()) &&
                   restarted->stats().peers_up == 2;
        }));
        CHECK(other->peers().size() == 2);
        CHECK(seed->peers().size() == 2);
        CHECK(restarted->node_id() != last_id);
        last_id = restarted->node_id();
    }
}

TEST_CASE("a stale story of a restarted peer makes no second link")
{
    const node_ptr node = make_client(), server = make_server();
    REQUIRE_OK(node->cluster_add(server->endpoint(), patience_ms));
    liar_t liar(*node);
    const wire::node_id_t old = wire::node_id_t::random();
    liar.tell_and_prove(*node, {{server->endpoint(), old}, {by_name(server->endpoint()), old}});
    CHECK(liar.peer.serve_until([&] { return node->peers().size() == 2; }));
    CHECK(is_up(*node, server->endpoint()));
}

TEST_CASE("a learned peer that dies is DOWN, and after a while forgotten; so is one that never was")
{
    const node_ptr node = make_client(nullptr, quick(30));
    liar_t liar(*node);
    raw_ctx_t ctx;
    auto mortal = std::make_unique<fake_peer_t>(ctx);
    const std::string endpoint = mortal->endpoint, nobody = free_endpoint();
    const auto serve_both = [&](const std::function<bool()> &condition) {
        return liar.peer.serve_until([&] {
            if (mortal)
                mortal->serve(1);
            return condition();
        });
    };
    liar.tell({{endpoint, mortal->id}, {nobody, wire::node_id_t::random()}});
    REQUIRE(serve_both([&] { return is_up(*node, endpoint); }));
    mortal.reset(); // without BYE
    CHECK(serve_both([&] { return !is_up(*node, endpoint); }));
    CHECK(has_endpoint(*node, endpoint));
    CHECK(serve_both([&] { return !has_endpoint(*node, nobody); }));
    CHECK(serve_both([&] { return !has_endpoint(*node, endpoint); }));
    CHECK(has_endpoint(*node, liar.peer.endpoint)); // the user's own stays
}

TEST_CASE("a learned peer that died fails nobody's sync, until the user adds it")
{
    const node_ptr node = make_client(nullptr, quick(200));
    liar_t liar(*node);
    raw_ctx_t ctx;
    auto mortal = std::make_unique<fake_peer_t>(ctx);
    const std::string endpoint = mortal->endpoint;
    const auto serve_both = [&](const std::function<bool()> &condition) {
        return liar.peer.serve_until([&] {
            if (mortal)
                mortal->serve(1);
            return condition();
        });
    };
    liar.tell({{endpoint, mortal->id}});
    REQUIRE(serve_both([&] { return is_up(*node, endpoint); }));
    mortal.reset();
    REQUIRE(serve_both([&] { return !is_up(*node, endpoint); }));
    std::vector<std::string> missing;
    const auto sync = [&] {
        std::atomic<bool> done{false};
        int result = 0;
        const worker_t worker([&] {
            result = node->cluster_sync(500, &missing);
            done = true;
        });
        CHECK(serve_both([&] { return done.load(); }));
        return result;
    };
    CHECK(sync() == 0); // its connection ended
    const auto down = [&] {
        for (const peer_info_t &peer : node->peers())
            if (peer.endpoint == endpoint)
                return peer.state == peer_state_t::down;
        return false;
    };
    REQUIRE(serve_both(down));
    CHECK(sync() == 0);
    CHECK(missing.empty());
    REQUIRE_OK(node->cluster_add(endpoint));
    CHECK(sync() == -1);
    CHECK(missing == std::vector<std::string>{endpoint});
}
