// Protects: topics that are created or destroyed are known at every connected node at once, without a sync,
// also after a message was missed.
#include <algorithm>

#include "raw.hpp"

using namespace spot;
using namespace spot::test;
using wire::command_t;
using lines_t = std::vector<std::string>;

namespace
{
frames_t changes(std::uint64_t version, const std::vector<std::pair<char, std::string>> &entries)
{
    wire::topics_t topics;
    topics.version = version;
    for (const auto &[sign, topic] : entries)
        topics.changes.push_back({sign == '+', topic});
    return wire::encode_topics(topics);
}

int queries_seen(const fake_peer_t &peer)
{
    int count = 0;
    for (const frames_t &frames : peer.seen)
        count += frames[0] == command(command_t::query);
    return count;
}

// A client in raw frames that said who it is and asked for the topics.
struct listener_t
{
    explicit listener_t(raw_ctx_t &ctx, const std::string &endpoint) : dealer(ctx, ZMQ_DEALER)
    {
        dealer.connect(endpoint);
        hello.node_id = wire::node_id_t::random();
        dealer.send(wire::encode_hello(hello));
        dealer.send(wire::encode_query());
    }
    // The next TOPICS.
    wire::topics_t next()
    {
        const frames_t in = dealer.recv_command(command_t::topics);
        wire::topics_t topics;
        REQUIRE(wire::decode_topics({in.begin(), in.end()}, topics));
        return topics;
    }
    raw_socket_t dealer;
    wire::hello_t hello;
};
}

TEST_CASE("a topic appears and vanishes at three peers, and messages take the new way, without a sync")
{
    const node_ptr owner = make_server();
    std::vector<node_ptr> peers;
    for (int i = 0; i < 3; ++i) {
        peers.push_back(make_client());
        join(*peers.back(), *owner);
        subscribe(*peers.back(), {"new"}); // missing as yet
    }
    for (int round = 0; round < 3; ++round) {
        REQUIRE_OK(owner->topic_create("new"));
        for (const node_ptr &peer : peers) {
            CHECK(eventually([&] { return peer->topic_exists("new"); }));
            CHECK(listing(*peer) == lines_t{"new REMOTE"});
            REQUIRE_OK(peer->publish("new", "hello"));
            for (const node_ptr &receiver : peers)
                CHECK(receive_text(*receiver) == "new=hello");
        }
        REQUIRE_OK(owner->topic_destroy("new"));
        for (const node_ptr &peer : peers) {
            CHECK(eventually([&] { return peer->list_topics().empty(); }));
            CHECK_FAILS(ENOENT, peer->publish("new", "x"));
        }
    }
    for (const node_ptr &peer : peers) {
        CHECK(peer->stats().malformed == 0);
        CHECK(peer->stats().ignored == 0);
    }
}

TEST_CASE("a topic with two owners moves over when one destroys it")
{
    const node_ptr first = make_server({"t"}), second = make_server();
    const node_ptr node = make_client();
    join(*node, *first);
    join(*node, *second);
    subscribe(*node, {"t"});
    REQUIRE_OK(second->topic_create("t"));
    CHECK(eventually([&] { return node->list_topics()[0].endpoints.size() == 2; }));
    REQUIRE_OK(first->topic_destroy("t"));
    CHECK(eventually([&] { return node->list_topics()[0].endpoints == lines_t{second->endpoint()}; }));
    REQUIRE_OK(node->publish("t", "x"));
    CHECK(receive(*node).node_id == second->node_id());
}

TEST_CASE("100,000 topics created in a loop reach a peer, in few messages, and their end does too")
{
    const node_ptr owner = make_server();
    const node_ptr peer = make_client();
    join(*peer, *owner);
    raw_ctx_t ctx;
    listener_t listener(ctx, owner->endpoint());
    listener.dealer.set(ZMQ_RCVHWM, 0);
    std::uint64_t version = listener.next().version;
    CHECK(version == 1);

    const std::size_t count = rounds(100000, 5000);
    const stopwatch_t watch;
    for (std::size_t i = 0; i < count; ++i)
        REQUIRE_OK(owner->topic_create("topic:" + std::to_string(i)));
    const std::int64_t took = watch.ms();
    CHECK(eventually([&] { return peer->stats().topics_remote == count; }));
    std::size_t told = 0, messages = 0;
    for (; told < count; ++messages) {
        const wire::topics_t topics = listener.next();
        if (topics.changes.empty())
            continue; // a sign of life
        REQUIRE(topics.version == version + topics.changes.size());
        version = topics.version;
        told += topics.changes.size();
    }
    CHECK(told == count);
    MESSAGE(count, " topics in ", took, " ms, told in ", messages, " messages");
    CHECK(messages <= 10 + static_cast<std::size_t>(watch.ms()));

    for (std::size_t i = 0; i < count; ++i)
        REQUIRE_OK(owner->topic_destroy("topic:" + std::to_string(i)));
    CHECK(eventually([&] { return peer->list_topics().empty(); }));
    CHECK(peer->stats().malformed == 0);
}

TEST_CASE("while topics come and go, peers that come and go end with the true list")
{
    const node_ptr owner = make_server();
    std::atomic<bool> stop{false};
    std::vector<node_ptr> peers(4);
    {
        const worker_t worker([&] {
            for (int i = 0; !stop; ++i) {
                owner->topic_create("t" + std::to_string(i % 50));
                owner->topic_destroy("t" + std::to_string((i * 7) % 50));
            }
        });
        for (int round = 0; round < rounds(10, 2); ++round)
            for (node_ptr &peer : peers) {
                peer = make_client();
                join(*peer, *owner);
            }
        stop = true;
    }
    lines_t expected = listing(*owner);
    for (std::string &line : expected)
        line.replace(line.find(" LOCAL"), std::string::npos, " REMOTE");
    for (const node_ptr &peer : peers) {
        CHECK(eventually([&] { return listing(*peer) == expected; }));
        CHECK(peer->stats().malformed == 0);
    }
}

TEST_CASE("a gap in the versions heals by a whole list, asked for once")
{
    raw_ctx_t ctx;
    fake_peer_t peer(ctx);
    peer.topics = {"a"};
    const node_ptr node = make_client();
    REQUIRE_OK(node->cluster_add(peer.endpoint));
    REQUIRE(peer.serve_until([&] { return is_up(*node, peer.endpoint); }));
    peer.reply(changes(5, {}));
    peer.reply(changes(6, {{'+', "b"}}));
    REQUIRE(peer.serve_until([&] { return node->topic_exists("b"); }));

    const int before = queries_seen(peer);
    peer.topics = {"a", "c", "d"};
    peer.answer_queries = false;
    peer.reply(changes(9, {{'+', "d"}})); // 7 and 8 are missing
    for (std::uint64_t version = 10; version < 100; ++version)
        peer.reply(changes(version, {{'+', "x" + std::to_string(version)}}));
    REQUIRE(peer.serve_until([&] { return queries_seen(peer) > before; }));
    CHECK(listing(*node) == lines_t{"a REMOTE", "b REMOTE"});
    peer.answer_queries = true;
    peer.reply(wire::encode_query_resp(peer.topics));
    REQUIRE(peer.serve_until([&] { return node->topic_exists("c"); }));
    CHECK(listing(*node) == lines_t{"a REMOTE", "c REMOTE", "d REMOTE"});
    CHECK(queries_seen(peer) == before + 1);
    // The versions begin anew with the list.
    peer.reply(changes(200, {{'-', "c"}, {'+', "e"}}));
    peer.reply(changes(201, {{'-', "e"}}));
    REQUIRE(peer.serve_until([&] { return listing(*node) == lines_t{"a REMOTE", "d REMOTE"}; }));
    CHECK(node->stats().malformed == 0);
}

TEST_CASE("version 0 is a whole list; what follows it continues from there")
{
    raw_ctx_t ctx;
    fake_peer_t peer(ctx);
    peer.topics = {"a", "b"};
    const node_ptr node = make_client();
    REQUIRE_OK(node->cluster_add(peer.endpoint));
    REQUIRE(peer.serve_until([&] { return is_up(*node, peer.endpoint); }));
    peer.reply(changes(0, {{'+', "b"}, {'+', "c"}}));
    peer.reply(changes(17, {}));
    peer.reply(changes(18, {{'+', "d"}}));
    REQUIRE(peer.serve_until([&] { return node->topic_exists("d"); }));
    CHECK(listing(*node) == lines_t{"b REMOTE", "c REMOTE", "d REMOTE"});
    peer.reply(changes(0, {}));
    CHECK(peer.serve_until([&] { return node->list_topics().empty(); }));
    CHECK(node->stats().malformed == 0);
}

TEST_CASE("changes that break a rule are counted, and cost no more than a new list")
{
    raw_ctx_t ctx;
    fake_peer_t peer(ctx);
    peer.topics = {"true"};
    options_t options = quick(50);
    options.max_topics_per_peer = 3;
    const node_ptr node = make_server({"own"}, "tcp://127.0.0.1:0", nullptr, options);
    REQUIRE_OK(node->cluster_add(peer.endpoint));
    REQUIRE(peer.serve_until([&] { return is_up(*node, peer.endpoint); }));
    const lines_t honest{"own LOCAL", "true REMOTE"};
    const std::string version("\x09\0\0\0\0\0\0\0", 8);
    const std::vector<frames_t> lies{
        {"\x08"},
        {"\x08", "short"},
        {"\x08", version, ""},
        {"\x08", version, "no sign"},
        {"\x08", version, "+"},
        {"\x08", version, "+a*"},
        {"\x08", version, "+" + std::string(256, 'x')},
        {"\x08", version, "+\xff"},
        {"\x08", version, "+good", "-bad?"},
    };
    const std::uint64_t malformed = node->stats().malformed;
    for (const frames_t &lie : lies)
        peer.reply(lie);
    REQUIRE(peer.serve_until([&] { return node->stats().malformed == malformed + lies.size(); }));
    CHECK(listing(*node) == honest);

    // These are well-formed but cannot be: each is counted, and then there is the true list again.
    const std::vector<std::vector<frames_t>> impossible{
        {changes(50, {}), changes(49, {{'+', "back"}})},
        {changes(1, {{'+', "a"}, {'+', "b"}})}, // more changes than there ever were
        {changes(0, {{'+', "a"}, {'-', "b"}})},
        {changes(0, {{'+', "a"}, {'+', "b"}, {'+', "c"}, {'+', "d"}})},
        {changes(60, {{'+', "a"}, {'+', "b"}, {'+', "c"}, {'+', "d"}})},
    };
    for (const std::vector<frames_t> &messages : impossible) {
        const std::uint64_t counted = node->stats().malformed;
        const int asked = queries_seen(peer);
        for (const frames_t &message : messages)
            peer.reply(message);
        REQUIRE(peer.serve_until([&] { return node->stats().malformed == counted + 1; }));
        REQUIRE(peer.serve_until([&] { return queries_seen(peer) > asked; }));
        REQUIRE(peer.serve_until([&] { return listing(*node) == honest; }));
    }
}

TEST_CASE("a peer that owns too much is asked less and less often, and believed again when it has less")
{
    raw_ctx_t ctx;
    fake_peer_t peer(ctx);
    options_t options = quick(50);
    options.max_topics_per_peer = 3;
    const node_ptr node = make_client(nullptr, options);
    REQUIRE_OK(node->cluster_add(peer.endpoint));
    REQUIRE(peer.serve_until([&] { return is_up(*node, peer.endpoint); }));
    peer.topics = {"a", "b", "c", "d"};
    peer.reply(changes(4, {{'+', "a"}, {'+', "b"}, {'+', "c"}, {'+', "d"}}));
    const int before = queries_seen(peer);
    const stopwatch_t watch;
    REQUIRE(peer.serve_until([&] { return queries_seen(peer) >= before + 4; }));
    CHECK(watch.ms() >= 300); // 50 + 100 + 200, less what had passed
    CHECK(node->list_topics().size() <= 4);
    peer.topics = {"a"};
    CHECK(peer.serve_until([&] { return listing(*node) == lines_t{"a REMOTE"}; }));
}

TEST_CASE("a client without room for an answer knows everything when it reads again")
{
    const node_ptr owner = make_server();
    for (int i = 0; i < 10; ++i)
        REQUIRE_OK(owner->topic_create(std::string(200, 'x') + std::to_string(i)));
    raw_ctx_t ctx;
    raw_socket_t dealer(ctx, ZMQ_DEALER);
    dealer.set(ZMQ_RCVHWM, 1);
    dealer.set(ZMQ_SNDHWM, 0);
    dealer.set(ZMQ_RCVBUF, 4096);
    dealer.connect(owner->endpoint());
    wire::hello_t hello;
    hello.node_id = wire::node_id_t::random();
    dealer.send(wire::encode_hello(hello));
    // More answers than the connection takes: 10,000 wait, the system's buffers hold some thousands.
    for (int i = 0; i < 20000; ++i)
        dealer.send(wire::encode_query());
    raw_socket_t other(ctx, ZMQ_DEALER); // behind which all of them were handled, or wait at the same place
    other.connect(owner->endpoint());
    other.send(wire::encode_query());
    REQUIRE_FALSE(other.recv_command(command_t::query_resp).empty());
    REQUIRE_OK(owner->topic_create("late"));
    // By a whole list, unless one of its QUERYs was handled when there was room again: then by that answer,
    // or by the change after it.
    bool late = false;
    std::size_t answers = 0;
    for (const stopwatch_t watch; !late && watch.ms() < patience_ms;) {
        const frames_t in = dealer.recv();
        REQUIRE_FALSE(in.empty());
        answers += in[0] == command(command_t::query_resp);
        wire::topics_t topics;
        if (in[0] == command(command_t::topics) && wire::decode_topics({in.begin(), in.end()}, topics))
            late = topics.version == 0 ? topics.changes.size() == 11
                                       : topics.changes.size() == 1 && topics.changes[0].topic == "late";
        else if (in[0] == command(command_t::query_resp))
            late = std::find(in.begin(), in.end(), "late") != in.end();
    }
    CHECK(answers < 20000); // some had no room
    CHECK(late);
}

TEST_CASE("who never said HELLO never gets TOPICS")
{
    const node_ptr owner = make_server({}, "tcp://127.0.0.1:0", nullptr, quick(20));
    const node_ptr peer = make_client();
    join(*peer, *owner);
    raw_ctx_t ctx;
    raw_socket_t plain(ctx, ZMQ_DEALER);
    plain.connect(owner->endpoint());
    plain.send(wire::encode_subscribe("t"));
    plain.send(wire::encode_query());
    REQUIRE(plain.recv()[0] == command(command_t::query_resp));
    for (int i = 0; i < 20; ++i) {
        REQUIRE_OK(owner->topic_create("t"));
        REQUIRE(eventually([&] { return peer->topic_exists("t"); }));
        REQUIRE_OK(owner->topic_destroy("t"));
        REQUIRE(eventually([&] { return !peer->topic_exists("t"); }));
    }
    REQUIRE_OK(owner->topic_create("t"));
    REQUIRE_OK(owner->publish("t", "the first thing it hears"));
    CHECK(plain.recv() == wire::encode_publish("t", "the first thing it hears"));
}

TEST_CASE("a node that said HELLO but never asked is told the version, and may ask")
{
    const node_ptr owner = make_server({"t"}, "tcp://127.0.0.1:0", nullptr, quick(20));
    raw_ctx_t ctx;
    raw_socket_t dealer(ctx, ZMQ_DEALER);
    dealer.connect(owner->endpoint());
    wire::hello_t hello;
    hello.node_id = wire::node_id_t::random();
    dealer.send(wire::encode_hello(hello));
    const frames_t in = dealer.recv_command(command_t::topics);
    wire::topics_t topics;
    REQUIRE(wire::decode_topics({in.begin(), in.end()}, topics));
    CHECK(topics.version == 2); // the second state: the first was without topics
    CHECK(topics.changes.empty());
}

TEST_CASE("a node that only listens is not forgotten while topics change all the time")
{
    // A node that hears from its peer need not send HELLO; but the peer must not think it gone.
    const node_ptr owner = make_server({}, "tcp://127.0.0.1:0", nullptr, quick(20));
    raw_ctx_t ctx;
    fake_peer_t peer(ctx);
    const node_ptr node = make_client(nullptr, quick(100));
    REQUIRE_OK(node->cluster_add(peer.endpoint));
    REQUIRE(peer.serve_until([&] { return is_up(*node, peer.endpoint); }));
    const auto greetings = [&] {
        int count = 0;
        for (const frames_t &frames : peer.seen)
            count += frames[0] == command(command_t::hello);
        return count;
    };
    const int before = greetings();
    CHECK(peer.serve_until([&] {
        peer.reply(changes(7, {}));
        return greetings() >= before + 3;
    }));
}
