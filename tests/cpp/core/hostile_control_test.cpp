// Protects: garbage, truncated and hostile messages on the control plane, at the ROUTER and from a false
// peer, are counted; no memory is allocated for what they claim, the node stays up, and no subscribed message
// is lost.
#include <random>

#include "raw.hpp"

using namespace spot;
using namespace spot::test;
using wire::command_t;

namespace
{
// A node under attack, and a peer that uses it all the while.
struct target_t
{
    target_t()
    {
        join(*friendly, *node);
        subscribe(*friendly, {"t"});
    }
    void must_be_well()
    {
        REQUIRE_OK(node->publish("t", "well"));
        CHECK(receive_text(*friendly) == "t=well");
        REQUIRE_OK(friendly->cluster_sync(patience_ms));
        CHECK(friendly->stats().lost == 0);
        CHECK(friendly->stats().reconnects == 0);
        CHECK(listing(*friendly) == std::vector<std::string>{"t REMOTE"});
    }
    node_ptr node = make_server({"t"});
    node_ptr friendly = make_client();
};
}

TEST_CASE("the ROUTER counts every malformed message, and every ignored one, exactly")
{
    target_t target;
    const std::uint64_t malformed = target.node->stats().malformed;
    const std::uint64_t ignored = target.node->stats().ignored;
    raw_ctx_t ctx;
    raw_socket_t dealer(ctx, ZMQ_DEALER);
    dealer.connect(target.node->endpoint());
    const std::string nul(1, '\0');
    const std::vector<frames_t> wrong{
        {""},
        {"", ""},
        {nul},               // no such command
        {"\x0e"},            // reserved
        {"\x7f", "x"},       // reserved
        {"\x04\x04"},        // two bytes
        {"", "", "\x04"},    // two delimiters
        {"\x01"},            // PUBLISH without topic
        {"\x01", "t"},       // without payload
        {"\x01", "", "x"},   // an empty topic
        {"\x01", "t*", "x"}, // a pattern is no topic
        {"\x01", std::string(256, 't'), "x"},
        {"\x01", "\xff\xfe", "x"},
        {"\x02"},
        {"\x02", "a?"},
        {"\x02", "a\xc0\x80"},
        {"\x03"},
        {"\x03", ""},
        {"\x06"},            // HELLO without anything
        {"\x06", nul + nul}, // version 0
        {"\x06", "\x01" + nul, "short id", "", "", "", "", "12345678"},
        {"\x06", "\x01" + nul, std::string(16, '\0'), "", "", "", "", "12345678"}, // no id
        {"\x06", "\x01" + nul, std::string(16, 'i'), "", "", "", "", "1234567"},
        {"\x0c", "t"}, // LOST without a count
        {"\x0c", "t", "1234567"},
        std::vector<std::string>(50, "garbage"),
    };
    for (const frames_t &frames : wrong)
        dealer.send(frames);
    const std::vector<frames_t> unwanted{
        {"\x80"}, {"\xff", "user's own"}, {"\x05", std::string(4, '\xff')}, {"\x01", "nobody's", "x"}};
    for (const frames_t &frames : unwanted)
        dealer.send(frames);
    dealer.send({"\x04"});
    CHECK(dealer.recv_command(command_t::query_resp).size() == 3); // still answered
    CHECK(target.node->stats().malformed - malformed == wrong.size());
    CHECK(target.node->stats().ignored - ignored == unwanted.size());
    target.must_be_well();
}

TEST_CASE("random frames, thousands of them, from several connections")
{
    target_t target;
    raw_ctx_t ctx;
    std::mt19937 random(20240607);
    const auto byte = [&] { return static_cast<char>(random() & 0xff); };
    for (int connection = 0; connection < 5; ++connection) {
        raw_socket_t dealer(ctx, ZMQ_DEALER);
        dealer.connect(target.node->endpoint());
        for (int i = 0; i < rounds(2000, 300); ++i) {
            frames_t frames(1 + random() % 6);
            for (std::string &frame : frames) {
                frame.resize(random() % 40);
                for (char &c : frame)
                    c = byte();
            }
            // Mostly a known command, so that the decoders are reached; BYE and FENCE among them.
            if (random() % 4 != 0)
                frames[0] = std::string(1, static_cast<char>(random() % 0x10));
            dealer.send(frames);
        }
        dealer.send({"\x04"});
        REQUIRE_FALSE(dealer.recv_command(command_t::query_resp).empty());
    }
    CHECK(target.node->stats().malformed > 100);
    target.must_be_well();
}

TEST_CASE("frames beyond the size limit end that connection, not the node")
{
    target_t target;
    raw_ctx_t ctx;
    raw_socket_t dealer(ctx, ZMQ_DEALER);
    dealer.connect(target.node->endpoint());
    dealer.try_send({"\x01", "t", std::string(8 << 20, 'x')});
    raw_socket_t other(ctx, ZMQ_DEALER);
    other.connect(target.node->endpoint());
    other.send({"\x04"});
    CHECK_FALSE(other.recv().empty());
    target.must_be_well();
}

TEST_CASE("nobody can end a peer's subscription or speak in its name")
{
    target_t target;
    raw_ctx_t ctx;
    raw_socket_t dealer(ctx, ZMQ_DEALER);
    dealer.connect(target.node->endpoint());
    wire::hello_t hello;
    REQUIRE(wire::node_id_t::parse(std::string(16, 'x'), hello.node_id));
    dealer.send(wire::encode_hello(hello));
    CHECK_FALSE(dealer.recv_command(command_t::welcome).empty());
    dealer.send(wire::encode_unsubscribe("t"));
    dealer.send(wire::encode_bye());
    dealer.send(wire::encode_fence({hello.node_id, 1}));
    dealer.send({"\x04"});
    CHECK_FALSE(dealer.recv_command(command_t::query_resp).empty());
    target.must_be_well();
}

TEST_CASE("a false peer's QUERY_RESP that claims four billion topics registers nothing")
{
    raw_ctx_t ctx;
    fake_peer_t peer(ctx);
    peer.topics = {"true"};
    const node_ptr node = make_server({"own"}, "tcp://127.0.0.1:0", nullptr, quick(5000));
    subscribe(*node, {"own"});
    REQUIRE_OK(node->cluster_add(peer.endpoint));
    REQUIRE(peer.serve_until([&] { return is_up(*node, peer.endpoint); }));
    peer.answer_queries = false;

    std::atomic<int> result{1};
    std::atomic<int> error{0};
    const worker_t sync([&] {
        result = node->cluster_sync(rounds(1000, 4000));
        error = errno;
    });
    const std::size_t seen = peer.seen.size();
    REQUIRE(peer.serve_until([&] {
        for (std::size_t i = seen; i < peer.seen.size(); ++i)
            if (peer.seen[i][0] == "\x04")
                return true;
        return false;
    }));
    const std::uint64_t malformed = node->stats().malformed;
    const std::string billions(4, '\xff'), two("\x02\0\0\0", 4);
    const std::vector<frames_t> lies{
        {"\x05", billions},
        {"\x05", billions, "a", "b"},
        {"\x05"},
        {"\x05", two, "only one"},
        {"\x05", "\x02"},
        {"\x05", two, "good", "bad*"},
        {"\x05", two, "one", "two", "three"},
        {"\x07", "not a WELCOME"},
        {"\x0a", "no token"},
        {"\x0c", "t"},
        {""},
        {"\x01"},
        {std::string(1, '\0')},
    };
    for (const frames_t &lie : lies)
        peer.reply(lie);
    CHECK(peer.serve_until([&] { return node->stats().malformed == malformed + lies.size(); }));
    CHECK(peer.serve_until([&] { return result != 1; }));
    CHECK(error_name(error) == "ETIMEDOUT");
    CHECK(listing(*node) == std::vector<std::string>{"own LOCAL", "true REMOTE"});
    REQUIRE_OK(node->publish("own", "well"));
    CHECK(receive_text(*node) == "own=well");
    // And an honest answer is believed again.
    peer.topics = {"new"};
    peer.answer_queries = true;
    std::atomic<int> again{1};
    const worker_t retry([&] { again = node->cluster_sync(patience_ms); });
    CHECK(peer.serve_until([&] { return again != 1; }));
    CHECK(again == 0);
    CHECK(node->topic_exists("new"));
}

TEST_CASE("a false peer's WELCOME with nonsense endpoints, changing ids, or our own id")
{
    raw_ctx_t ctx;
    fake_peer_t peer(ctx);
    peer.topics = {"t"};
    const node_ptr node = make_server({"own"});
    REQUIRE_OK(node->cluster_add(peer.endpoint));
    REQUIRE(peer.serve_until([&] { return is_up(*node, peer.endpoint); }));
    subscribe(*node, {"own"});
    for (const char *endpoint : {"nonsense", "tcp://*:0", "tcp://no-such-host.invalid:1",
                                 "inproc://not-there", "ipc:///no/such/folder/at-all", "tcp://127.0.0.1:1"}) {
        CAPTURE(endpoint);
        wire::hello_t hello = peer.hello;
        hello.node_id = wire::node_id_t::random();
        hello.data_endpoint = hello.ingress_endpoint = endpoint;
        peer.reply(wire::encode_welcome(hello));
        peer.serve();
    }
    wire::hello_t ours = peer.hello;
    ours.node_id = peer.client;
    peer.reply(wire::encode_welcome(ours));
    peer.serve();
    peer.reply(wire::encode_welcome(peer.hello));
    peer.serve();
    REQUIRE_OK(node->publish("own", "well"));
    CHECK(receive_text(*node) == "own=well");
    const fair_watch_t watch;
    node->close();
    CHECK(watch.ms() < rounds(1000, 4000));
}
