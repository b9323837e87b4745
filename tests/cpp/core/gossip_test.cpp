// Protects membership: whoever joins through one node gets to know all, each by one link; what the user
// decides counts for more than what nodes tell each other; what they tell may be wrong or hostile.
#include <algorithm>
#include <cstdlib>
#include <functional>

#include <unistd.h>

#include "raw.hpp"
#include "support.hpp"

using namespace spot;
using namespace spot::test;

namespace
{
using nodes_t = std::vector<node_ptr>;

options_t manual()
{
    options_t options = quick();
    options.gossip = false;
    return options;
}

std::vector<std::string> ids_of(const spot_pubsub_t &node)
{
    std::vector<std::string> ids;
    for (const peer_info_t &peer : node.peers())
        ids.push_back(peer.state == peer_state_t::up ? peer.node_id : "not UP: " + peer.endpoint);
    std::sort(ids.begin(), ids.end());
    return ids;
}

// Every node has exactly one link, which is UP, to each of the others.
bool meshed(const nodes_t &nodes)
{
    for (const node_ptr &node : nodes) {
        std::vector<std::string> others;
        for (const node_ptr &other : nodes)
            if (other != node)
                others.push_back(other->node_id());
        std::sort(others.begin(), others.end());
        if (ids_of(*node) != others)
            return false;
    }
    return true;
}

bool knows(const spot_pubsub_t &node, const std::string &id)
{
    const std::vector<std::string> ids = ids_of(node);
    return std::find(ids.begin(), ids.end(), id) != ids.end();
}

bool has_endpoint(const spot_pubsub_t &node, const std::string &endpoint)
{
    const std::vector<peer_info_t> peers = node.peers();
    return std::any_of(peers.begin(), peers.end(),
                       [&](const peer_info_t &peer) { return peer.endpoint == endpoint; });
}

std::string by_name(const std::string &endpoint)
{
    return "tcp://localhost" + endpoint.substr(endpoint.rfind(':'));
}

std::string free_endpoint()
{
    return make_server()->endpoint();
}

wire::node_id_t id_of(const spot_pubsub_t &node)
{
    wire::node_id_t id;
    const std::string hex = node.node_id();
    for (std::size_t i = 0; i < id.bytes.size(); ++i)
        id.bytes[i] = static_cast<std::uint8_t>(std::stoi(hex.substr(2 * i, 2), nullptr, 16));
    return id;
}

// A raw program that `node` takes for a node, and what it tells.
struct liar_t
{
    explicit liar_t(spot_pubsub_t &node) : peer(ctx)
    {
        REQUIRE_OK(node.cluster_add(peer.endpoint));
        REQUIRE(peer.serve_until([&] { return is_up(node, peer.endpoint); }));
        _route = peer.routing_id;
    }
    // Others may have come meanwhile: nodes tell each other of this one, too.
    void tell(const std::vector<wire::peer_entry_t> &entries)
    {
        peer.routing_id = _route;
        peer.reply(wire::encode_peers(entries));
    }
    // Names a node that exists after all else: when it is known, all that was told before was taken in.
    void tell_and_prove(const spot_pubsub_t &to, const std::vector<wire::peer_entry_t> &entries)
    {
        tell(entries);
        const node_ptr proof = make_server({}, "tcp://127.0.0.1:0", nullptr, manual());
        tell({{proof->endpoint(), id_of(*proof)}});
        REQUIRE(peer.serve_until([&] { return knows(to, proof->node_id()); }));
        proof->close();
        REQUIRE(peer.serve_until([&] { return !knows(to, proof->node_id()); }));
    }

    raw_ctx_t ctx;
    fake_peer_t peer;

  private:
    std::string _route;
};
}

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
    CHECK(nodes[0]->peers().empty()); // nobody knows how to reach a client
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
    // It tells nobody of the one it added (a PEERS would come before this answer), and adds no other.
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

TEST_CASE("hostile PEERS: the node stays up, takes no more than its limits, and none of itself")
{
    options_t options = quick();
    options.max_peers = 300;
    const node_ptr node = make_server({}, "tcp://127.0.0.1:0", nullptr, options);
    liar_t liar(*node);
    const auto random = [] { return wire::node_id_t::random(); };

    liar.tell_and_prove(*node, {{node->endpoint(), id_of(*node)},
                                {node->endpoint(), random()},
                                {by_name(node->endpoint()), id_of(*node)},
                                {"tcp://127.0.0.1:9", id_of(*node)},
                                {liar.peer.endpoint, liar.peer.id},
                                {liar.peer.endpoint, random()},
                                {"", random()},
                                {"nonsense", random()},
                                {"tcp://127.0.0.1:0", random()},
                                {"udp://127.0.0.1:1", random()},
                                {"inproc://not-in-this-context", random()},
                                {std::string(1000, 'x'), random()}});
    CHECK(node->peers().size() == 1);
    // Its own endpoint by a name: only an answer tells that it is itself.
    liar.tell_and_prove(*node, {{by_name(node->endpoint()), random()}});
    CHECK(liar.peer.serve_until([&] { return node->peers().size() == 1; }));

    const wire::node_id_t twin = random();
    const std::string mute = "tcp://127.0.0.1:9";
    liar.tell_and_prove(*node, {{mute, twin}, {mute, twin}, {mute, random()}, {"tcp://127.0.0.1:10", twin}});
    CHECK(liar.peer.serve_until([&] { return node->peers().size() == 2; }));

    // Broken ones.
    const std::uint64_t malformed = node->stats().malformed;
    const std::string code = command(wire::command_t::peers);
    liar.peer.reply({code, "tcp://127.0.0.1:11"});
    liar.peer.reply({code, "tcp://127.0.0.1:11", "short"});
    liar.peer.reply({code, std::string("tcp://127.0.0.1:11\0", 19), std::string(16, 'x')});
    liar.peer.reply({code, "tcp://127.0.0.1:11", std::string(16, '\0')});
    liar.peer.reply({code, std::string(2000, 'x'), std::string(16, 'x')});
    REQUIRE(liar.peer.serve_until([&] { return node->stats().malformed == malformed + 5; }));

    // Very many: names, which must be looked up, and addresses.
    for (const char *host : {"tcp://10.255.255.", "tcp://no-such-host-"}) {
        std::vector<wire::peer_entry_t> entries;
        for (int i = 0; i < rounds(100000, 10000); ++i)
            entries.push_back({(i % 2 ? "tcp://127.0.0.1:" : host) + std::to_string(i % 200) +
                                   (i % 2 ? "" : ":" + std::to_string(1 + i % 60000)),
                               random()});
        liar.tell(entries);
    }
    liar.tell({});
    const stopwatch_t watch;
    REQUIRE_OK(node->cluster_add("tcp://127.0.0.1:12")); // the service thread answers
    CHECK(watch.ms() < patience_ms / 2);
    CHECK(node->peers().size() <= 132); // those that have not answered have a limit of their own
    const node_ptr client = make_client();
    join(*client, *node);
}

TEST_CASE("PEERS before WELCOME is not believed")
{
    const node_ptr node = make_client(), server = make_server();
    raw_ctx_t ctx;
    raw_socket_t router(ctx, ZMQ_ROUTER);
    const std::string endpoint = router.bind();
    REQUIRE_OK(node->cluster_add(endpoint));
    const frames_t hello = router.recv_command(wire::command_t::hello, 1);
    REQUIRE(hello.size() > 1);
    frames_t message{hello[0]};
    for (const std::string &frame : wire::encode_peers({{server->endpoint(), id_of(*server)}}))
        message.push_back(frame);
    router.send(message);
    CHECK(eventually([&] { return node->stats().ignored == 1; }));
    CHECK(node->peers().size() == 1);
}

TEST_CASE("what is told: after WELCOME all that are UP, later those that come; with ids, and reachable")
{
    const node_ptr node = make_server(), first = make_server();
    REQUIRE_OK(node->cluster_add(first->endpoint(), patience_ms));
    REQUIRE_OK(node->cluster_add(free_endpoint())); // not UP: not told
    raw_ctx_t ctx;
    raw_socket_t dealer(ctx, ZMQ_DEALER);
    dealer.connect(node->endpoint());
    wire::hello_t hello;
    hello.node_id = wire::node_id_t::random();
    dealer.send(wire::encode_hello(hello));
    CHECK(dealer.recv()[0] == command(wire::command_t::welcome));
    const auto told = [&] {
        const frames_t frames = dealer.recv_command(wire::command_t::peers);
        std::vector<wire::peer_entry_t> entries;
        CHECK(wire::decode_peers({frames.begin(), frames.end()}, entries));
        return entries;
    };
    std::vector<wire::peer_entry_t> entries = told();
    REQUIRE(entries.size() == 1);
    CHECK(entries[0].control_endpoint == first->endpoint());
    CHECK(entries[0].node_id == id_of(*first));

    const node_ptr second = make_server();
    REQUIRE_OK(second->cluster_add(node->endpoint()));
    const auto names_second = [&] {
        entries = told();
        return std::any_of(entries.begin(), entries.end(),
                           [&](const wire::peer_entry_t &entry) { return entry.node_id == id_of(*second); });
    };
    CHECK(eventually(names_second));
    // And again from time to time, for who missed it.
    CHECK(eventually([&] { return told().size() == 2; }));
}

TEST_CASE("join: one seed that answers is enough, the others are tried for ever")
{
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
    CHECK(node->peers().size() == 3);
}

TEST_CASE("join: nobody answers, and nothing is left behind")
{
    const node_ptr node = make_server();
    const std::string one = free_endpoint(), two = free_endpoint(), mine = free_endpoint();
    REQUIRE_OK(node->cluster_add(mine));
    const stopwatch_t watch;
    CHECK_FAILS(EHOSTUNREACH, node->join({one, two, mine}, 200));
    CHECK(watch.ms() >= 190);
    CHECK(node->peers().size() == 1);
    CHECK(has_endpoint(*node, mine));
    CHECK_FAILS(EHOSTUNREACH, node->join({"tcp://no-such-host.invalid:1"}, 1000));
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
