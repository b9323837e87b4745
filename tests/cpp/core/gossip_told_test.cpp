// Protects: which nodes are told of which, and that false or hostile gossip does no harm.
#include <algorithm>

#include "gossip.hpp"

using namespace spot;
using namespace spot::test;

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
    const fair_watch_t watch;
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
    // All is told again at each heartbeat.
    const node_ptr node = make_server({}, "tcp://127.0.0.1:0", nullptr, quick(200)), first = make_server();
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
