// Protects: the number of subscribers of a LOCAL topic over all nodes, by names and patterns, as nodes come,
// go and die; reports that break a rule are counted and bounded.
#include <algorithm>

#include "raw.hpp"
#include "watch.hpp"

using namespace spot;
using namespace spot::test;
using wire::command_t;

namespace
{
// A node in raw frames.
struct reporter_t
{
    reporter_t(raw_ctx_t &ctx, const std::string &endpoint,
               const wire::node_id_t &id = wire::node_id_t::random())
        : dealer(ctx, ZMQ_DEALER)
    {
        dealer.set(ZMQ_LINGER, -1);
        dealer.connect(endpoint);
        hello.node_id = id;
        dealer.send(wire::encode_hello(hello));
    }
    void report(std::uint32_t receiver, const std::vector<std::string> &names)
    {
        dealer.send(wire::encode_subs({receiver, names}));
    }
    raw_socket_t dealer;
    wire::hello_t hello;
};
}

TEST_CASE("two nodes and this one: by name, by pattern, each once, until they unsubscribe")
{
    const node_ptr owner = make_server({"game:1", "game:2", "chat"});
    mirror_t mirror(*owner);
    const node_ptr first = make_client(), second = make_client();
    join(*first, *owner);
    subscribe(*first, {"game:1"});
    CHECK(mirror.read_until([&] { return mirror.count("game:1") == 1; }));
    subscribe(*first, {"game:*"}); // game:1 once more
    CHECK(mirror.read_until([&] { return mirror.count("game:2") == 1; }));
    CHECK(mirror.count("game:1") == 1);
    subscribe(*second, {"*"}); // before it knows the owner
    join(*second, *owner);
    const auto counts_are = [&](std::uint64_t chat, std::uint64_t games) {
        return mirror.read_until([&] {
            return mirror.count("chat") == chat && mirror.count("game:1") == games &&
                   mirror.count("game:2") == games;
        });
    };
    CHECK(counts_are(1, 2));
    subscribe(*owner, {"chat", "game:?"});
    CHECK(counts_are(2, 3));

    // A topic that appears has its subscribers already.
    REQUIRE_OK(owner->topic_create("game:3"));
    mirror.read();
    CHECK(mirror.count("game:3") == 3);
    mirror_t late(*owner);
    late.read();
    CHECK(late.counts == mirror.counts);

    REQUIRE_OK(first->unsubscribe("game:*"));
    CHECK(mirror.read_until([&] { return mirror.count("game:3") == 2; }));
    CHECK(mirror.count("game:1") == 3);
    REQUIRE_OK(owner->unsubscribe_all());
    REQUIRE_OK(first->unsubscribe_all());
    CHECK(mirror.read_until([&] { return mirror.count("game:1") == 1 && mirror.count("chat") == 1; }));
    second->close();
    CHECK(mirror.read_until([&] {
        return mirror.count("game:1") == 0 && mirror.count("game:2") == 0 && mirror.count("chat") == 0;
    }));
    CHECK(owner->stats().ignored == 0);
    CHECK(owner->stats().malformed == 0);
}

TEST_CASE("a subscription is reported when its filter is in effect, and not before")
{
    raw_ctx_t ctx;
    fake_peer_t owner(ctx);
    owner.topics = {"t", "u"};
    const node_ptr node = make_client(nullptr, quick(5000));
    REQUIRE_OK(node->cluster_add(owner.endpoint));
    REQUIRE(owner.serve_until([&] { return is_up(*node, owner.endpoint); }));
    // The last list of the default receiver's subscriptions that the owner was told.
    const auto told = [&] {
        std::vector<std::string> names{"nothing yet"};
        for (const frames_t &frames : owner.seen) {
            wire::subs_t subs;
            if (frames[0] == command(command_t::subs) &&
                wire::decode_subs({frames.begin(), frames.end()}, subs))
                names = subs.names;
        }
        return names;
    };
    using names_t = std::vector<std::string>;
    owner.answer_fences = false;
    std::atomic<int> first{-1}, second{-1};
    const worker_t one([&] { first = node->subscribe_many({"t"}, true, patience_ms); });
    REQUIRE(owner.serve_until([&] { return owner.tokens().size() == 1; }));
    const std::vector<wire::token_t> of_t = owner.tokens();
    const worker_t two([&] { second = node->subscribe_many({"u"}, true, patience_ms); });
    REQUIRE(owner.serve_until([&] { return owner.tokens().size() == 2; }));
    CHECK(told() == names_t{"nothing yet"});
    owner.reply(wire::encode_fence(of_t[0]));
    REQUIRE(owner.serve_until([&] { return told() != names_t{"nothing yet"}; }));
    CHECK(told() == names_t{"t"});
    CHECK(owner.serve_until([&] { return first == 0; }));
    CHECK(second == -1);
    owner.answer_fences = true;
    CHECK(owner.serve_until([&] { return told() == names_t{"t", "u"}; }));
    CHECK(owner.serve_until([&] { return second == 0; }));
}

TEST_CASE("a subscription that is not confirmed in time is reported all the same: it stays")
{
    raw_ctx_t ctx;
    fake_peer_t owner(ctx);
    owner.topics = {"t"};
    const node_ptr node = make_client(nullptr, quick(5000));
    REQUIRE_OK(node->cluster_add(owner.endpoint));
    REQUIRE(owner.serve_until([&] { return is_up(*node, owner.endpoint); }));
    owner.answer_fences = false;
    CHECK_FAILS(ETIMEDOUT, node->subscribe_many({"t"}, true, 50));
    CHECK(owner.serve_until([&] {
        return std::any_of(owner.seen.begin(), owner.seen.end(),
                           [](const frames_t &frames) { return frames[0] == command(command_t::subs); });
    }));
}

TEST_CASE("a node that dies without a word is no longer counted")
{
    const node_ptr owner = make_server({"t"}, "tcp://127.0.0.1:0", nullptr, quick(50));
    mirror_t mirror(*owner);
    raw_ctx_t ctx;
    {
        reporter_t reporter(ctx, owner->endpoint());
        reporter.report(0, {"t"});
        reporter.report(1, {"t*"});
        CHECK(mirror.read_until([&] { return mirror.count("t") == 2; }));
    }
    CHECK(mirror.read_until([&] { return mirror.count("t") == 0; }));
}

TEST_CASE("a node whose connection breaks is counted on, once; its connection cannot become another node's")
{
    const node_ptr owner = make_server({"t"}, "tcp://127.0.0.1:0", nullptr, quick(50));
    mirror_t mirror(*owner);
    raw_ctx_t ctx;
    const wire::node_id_t id = wire::node_id_t::random();
    auto reporter = std::make_unique<reporter_t>(ctx, owner->endpoint(), id);
    reporter->report(0, {"t"});
    REQUIRE(mirror.read_until([&] { return mirror.count("t") == 1; }));
    const std::size_t told = mirror.told;
    // The same node on a new connection, before the old one is missed.
    auto again = std::make_unique<reporter_t>(ctx, owner->endpoint(), id);
    again->report(0, {"t"});
    REQUIRE_FALSE(again->dealer.recv_command(command_t::welcome).empty());
    again->dealer.send(wire::encode_query());
    REQUIRE_FALSE(again->dealer.recv_command(command_t::query_resp).empty());
    reporter.reset();
    again->report(0, {"t"});
    REQUIRE_FALSE(again->dealer.recv_command(command_t::topics).empty()); // a heartbeat or more later
    REQUIRE_FALSE(again->dealer.recv_command(command_t::topics).empty());
    mirror.read();
    CHECK(mirror.told == told);

    // A connection belongs to one node for good: a HELLO with another id on it is not believed.
    again->hello.node_id = wire::node_id_t::random();
    again->dealer.send(wire::encode_hello(again->hello));
    again->dealer.send(wire::encode_query());
    REQUIRE_FALSE(again->dealer.recv_command(command_t::query_resp).empty());
    mirror.read();
    CHECK(mirror.count("t") == 1);
    again->dealer.send(wire::encode_bye());
    CHECK(mirror.read_until([&] { return mirror.count("t") == 0; }));
}

TEST_CASE("a node that falls silent is not counted until it speaks again")
{
    raw_ctx_t ctx;
    fake_peer_t peer(ctx); // the owner connects to this
    const node_ptr owner = make_server({"t"}, "tcp://127.0.0.1:0", nullptr, quick(50));
    mirror_t mirror(*owner);
    REQUIRE_OK(owner->cluster_add(peer.endpoint));
    REQUIRE(peer.serve_until([&] { return is_up(*owner, peer.endpoint); }));
    reporter_t reporter(ctx, owner->endpoint(), peer.id);
    reporter.report(0, {"t"});
    reporter.report(1, {"t", "u"});
    REQUIRE(peer.serve_until([&] {
        mirror.read();
        return mirror.count("t") == 2;
    }));
    CHECK(mirror.read_until([&] { return mirror.count("t") == 0; })); // the owner gets no answer
    CHECK(mirror.up.empty());
    reporter.report(1, {"u"});
    CHECK(peer.serve_until([&] {
        mirror.read();
        return mirror.up.size() == 1 && mirror.count("t") == 1;
    }));
    REQUIRE_OK(owner->cluster_remove(peer.endpoint)); // it is a subscriber all the same
    mirror.read();
    CHECK(mirror.count("t") == 1);
}

TEST_CASE("an owner that restarts is told again")
{
    node_ptr owner = make_server({"t"});
    const std::string at = owner->endpoint();
    const node_ptr node = make_client();
    join(*node, *owner);
    subscribe(*node, {"t", "x*"});
    for (int round = 0; round < 3; ++round) {
        owner.reset();
        owner = make_client();
        REQUIRE(eventually([&] { return owner->bind(at) == 0; }));
        REQUIRE_OK(owner->topic_create("xyz"));
        mirror_t mirror(*owner);
        CHECK(mirror.read_until([&] { return mirror.count("xyz") == 1; }));
    }
}

TEST_CASE("thousands of subscribe() calls do not send thousands of lists")
{
    raw_ctx_t ctx;
    fake_peer_t peer(ctx);
    peer.hello.data_endpoint.clear(); // no fences to wait for
    const node_ptr node = make_client();
    REQUIRE_OK(node->cluster_add(peer.endpoint));
    REQUIRE(peer.serve_until([&] { return is_up(*node, peer.endpoint); }));
    const std::size_t count = rounds(10000, 1000);
    std::atomic<bool> done{false};
    const stopwatch_t watch;
    const worker_t worker([&] {
        for (std::size_t i = 0; i < count; ++i)
            node->subscribe_many({"name " + std::to_string(i)}, true, patience_ms);
        done = true;
    });
    std::size_t lists = 0, longest = 0;
    const auto look = [&] {
        for (const frames_t &frames : peer.seen) {
            if (frames[0] != command(command_t::subs))
                continue;
            ++lists;
            wire::subs_t subs;
            REQUIRE(wire::decode_subs({frames.begin(), frames.end()}, subs));
            CHECK(subs.receiver_id == 0);
            CHECK(subs.names.size() >= longest);
            longest = subs.names.size();
        }
        peer.seen.clear();
        return longest == count;
    };
    CHECK(peer.serve_until(look));
    CHECK(peer.serve_until([&] { return done.load(); }));
    MESSAGE(count, " subscriptions in ", watch.ms(), " ms were told in ", lists, " lists");
    CHECK(lists <= 3 + static_cast<std::size_t>(watch.ms()) / 50);
}

TEST_CASE("reports that break a rule are counted; strangers' and those beyond the limits are ignored")
{
    const node_ptr owner = make_server({"t"});
    mirror_t mirror(*owner);
    raw_ctx_t ctx;
    raw_socket_t stranger(ctx, ZMQ_DEALER); // it said no HELLO
    stranger.connect(owner->endpoint());
    stranger.send(wire::encode_subs({0, {"t"}}));
    CHECK(eventually([&] { return owner->stats().ignored == 1; }));

    reporter_t reporter(ctx, owner->endpoint());
    const std::string id(4, '\0');
    const std::vector<frames_t> lies{
        {"\x0d"},
        {"\x0d", "123"},
        {"\x0d", "12345", "t"},
        {"\x0d", id, ""},
        {"\x0d", id, "t", "\xff"},
        {"\x0d", id, "t", std::string(256, 'x')},
        {"\x0d", id, "t", std::string("a\0b", 3)},
    };
    for (const frames_t &lie : lies)
        reporter.dealer.send(lie);
    CHECK(eventually([&] { return owner->stats().malformed == lies.size(); }));
    mirror.read();
    CHECK(mirror.count("t") == 0);

    const std::uint64_t before = owner->stats().ignored;
    for (std::uint32_t receiver = 0; receiver < 1100; ++receiver)
        reporter.report(receiver, {"t"});
    CHECK(eventually([&] { return owner->stats().ignored == before + 1100 - 1024; }));
    CHECK(mirror.read_until([&] { return mirror.count("t") == 1024; }));
    reporter.dealer.send(wire::encode_bye());
    CHECK(mirror.read_until([&] { return mirror.count("t") == 0; }));
    // TOPICS and PEERS come on the other connection, never to the ROUTER.
    reporter.dealer.send({"\x08", std::string(8, '\0'), "+forged"});
    CHECK(eventually([&] { return owner->stats().ignored == before + 1100 - 1024 + 1; }));
    CHECK(listing(*owner) == std::vector<std::string>{"t LOCAL"});
}
