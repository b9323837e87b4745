// Protects: garbage, truncated and hostile frames on the data plane, at the ingress and from a false peer's
// XPUB, are counted; no memory is allocated for what they claim, and genuine messages still arrive.
#include <random>

#include "raw.hpp"

using namespace spot;
using namespace spot::test;

namespace
{
std::string record(std::string_view bytes)
{
    std::string out(4, '\0');
    wire::put_record_length(out.data(), static_cast<std::uint32_t>(bytes.size()));
    return out.append(bytes);
}

std::vector<frames_t> malformed_frames(const std::string &topic, wire::source_t source)
{
    const std::string good = data_frame(topic, 1, "payload", source);
    std::string unknown_flag = good, both = good;
    unknown_flag[topic.size() + 1] = 0x04;
    both[topic.size() + 1] = 0x03;
    const std::string claim = std::string(4, '\xff') + "four gigabytes";
    return {
        {topic + std::string(1, '\0')},      // ends behind the NUL
        {good.substr(0, topic.size() + 10)}, // truncated
        {unknown_flag},
        {both},
        {data_frame(topic, 0, "seq 0", source)},
        {good, "a second frame without LARGE"},
        {data_frame(topic, 1, "", source, wire::flag_large)}, // LARGE without its frame
        {data_frame(topic, 1, "here", source, wire::flag_large), "and there"},
        {data_frame(topic, 1, "", source, wire::flag_large), "two", "three"},
        {data_frame(topic, 1, claim, source, wire::flag_batch)},
        {data_frame(topic, 1, record("one") + "\x05", source, wire::flag_batch)},
        {data_frame(topic, 1, record("one") + std::string("\x05\0\0\0abcd", 8), source, wire::flag_batch)},
    };
}

// Where a node takes publications: HELLO is answered with it.
std::string ingress_of(raw_ctx_t &ctx, const std::string &control)
{
    raw_socket_t dealer(ctx, ZMQ_DEALER);
    dealer.connect(control);
    wire::hello_t hello;
    hello.node_id = wire::node_id_t::random();
    dealer.send(wire::encode_hello(hello));
    const frames_t in = dealer.recv_command(wire::command_t::welcome);
    wire::hello_t answer;
    REQUIRE(wire::decode_hello({in.begin(), in.end()}, answer));
    return answer.ingress_endpoint;
}
}

TEST_CASE("the ingress counts what is malformed and what is not for it, and goes on")
{
    const node_ptr node = make_server({"t"});
    const node_ptr friendly = make_client();
    join(*friendly, *node);
    subscribe(*node, {"t"});
    raw_ctx_t ctx;
    raw_socket_t push(ctx, ZMQ_PUSH);
    push.connect(ingress_of(ctx, node->endpoint()));
    const wire::source_t source = wire::node_id_t::random().source();
    std::vector<frames_t> wrong = malformed_frames("t", source);
    wrong.push_back({""});
    wrong.push_back({"no NUL at all"});
    wrong.push_back({data_frame("*", 1, "a pattern", source)});
    wrong.push_back({data_frame("\xff", 1, "not UTF-8", source)});
    wrong.push_back({data_frame(std::string(300, 't'), 1, "too long", source)});
    const std::uint64_t malformed = node->stats().malformed, ignored = node->stats().ignored;
    for (const frames_t &frames : wrong)
        push.send(frames);
    push.send({data_frame("nobody's", 1, "x", source)});
    push.send({data_frame("t", 7, "genuine", source)});
    push.send({data_frame("t", 8, record("packed") + record(""), source, wire::flag_batch)});
    push.send({data_frame("t", 10, "", source, wire::flag_large), "large"});
    for (const char *data : {"genuine", "packed", "", "large"}) {
        const got_t got = receive(*node);
        CHECK(got.topic == "t");
        CHECK(got.data == data);
        CHECK(got.lost == 0);
        CHECK(got.node_id == node->node_id());
    }
    CHECK(node->stats().malformed - malformed == wrong.size());
    CHECK(node->stats().ignored - ignored == 1);
    REQUIRE_OK(friendly->publish("t", "friendly"));
    CHECK(receive(*node).data == "friendly");
}

TEST_CASE("random frames at the ingress")
{
    const node_ptr node = make_server({"t"});
    subscribe(*node, {"t"});
    raw_ctx_t ctx;
    raw_socket_t push(ctx, ZMQ_PUSH);
    push.connect(ingress_of(ctx, node->endpoint()));
    std::mt19937 random(7);
    for (int i = 0; i < rounds(5000, 500); ++i) {
        frames_t frames(1 + random() % 3);
        for (std::string &frame : frames) {
            frame.resize(random() % 60);
            for (char &c : frame)
                c = static_cast<char>(random() & 0xff);
        }
        if (random() % 2 == 0)
            frames[0].insert(0, std::string("t\0", 2));
        push.send(frames);
    }
    push.send({data_frame("t", 1, "last", wire::node_id_t::random().source())});
    std::string got;
    while (got != "last") {
        const got_t next = receive(*node);
        REQUIRE(next.topic == "t");
        got = next.data;
    }
}

TEST_CASE("a false peer's XPUB: malformed frames are counted, strangers' ignored, queued messages kept")
{
    raw_ctx_t ctx;
    fake_peer_t peer(ctx);
    peer.topics = {"t"};
    const node_ptr node = make_client();
    REQUIRE_OK(node->topic_create("own"));
    REQUIRE_OK(node->cluster_add(peer.endpoint));
    REQUIRE(peer.serve_until([&] { return is_up(*node, peer.endpoint); }));
    std::atomic<int> result{1};
    const worker_t subscriber([&] { result = node->subscribe_many({"t", "own", "t*"}, true, patience_ms); });
    REQUIRE(peer.serve_until([&] { return result == 0; }));

    const wire::source_t source = peer.id.source();
    REQUIRE_OK(node->publish("own", "queued before"));
    std::vector<frames_t> wrong = malformed_frames("t", source);
    wrong.push_back({data_frame("t\xff", 1, "not UTF-8", source)});
    wrong.push_back({data_frame("t?", 1, "a pattern", source)});
    for (const frames_t &frames : wrong)
        peer.xpub.send(frames);
    peer.xpub.send({data_frame("t", 1, "a stranger's", wire::node_id_t::random().source())});
    peer.xpub.send({data_frame("t", 5, "genuine", source)});
    peer.xpub.send({data_frame("t", 6, record("packed"), source, wire::flag_batch)});
    peer.xpub.send({data_frame("t", 9, "after a gap", source)});
    std::vector<std::string> texts;
    for (int i = 0; i < 4; ++i)
        texts.push_back(receive_text(*node));
    std::sort(texts.begin(), texts.end());
    CHECK(texts == std::vector<std::string>{"own=queued before", "t=after a gap", "t=genuine", "t=packed"});
    CHECK(node->stats().malformed == wrong.size());
    CHECK(node->stats().ignored == 1);
    CHECK(node->stats().lost == 2);
}

TEST_CASE("numbers that run backwards or jump to the end of their range do not upset the ledger")
{
    raw_ctx_t ctx;
    fake_peer_t peer(ctx);
    peer.topics = {"t"};
    const node_ptr node = make_client();
    REQUIRE_OK(node->cluster_add(peer.endpoint));
    REQUIRE(peer.serve_until([&] { return is_up(*node, peer.endpoint); }));
    std::atomic<int> result{1};
    const worker_t subscriber([&] { result = node->subscribe("t"); });
    REQUIRE(peer.serve_until([&] { return result == 0; }));
    const wire::source_t source = peer.id.source();
    for (const std::uint64_t seq : {std::uint64_t{10}, std::uint64_t{3}, std::uint64_t{10}, ~std::uint64_t{0},
                                    std::uint64_t{1}, ~std::uint64_t{0} - 1})
        peer.xpub.send({data_frame("t", seq, "x", source)});
    peer.xpub.send({data_frame("t", ~std::uint64_t{0}, record("a") + record("b"), source, wire::flag_batch)});
    peer.xpub.send({data_frame("t", 42, "end", source)});
    got_t got;
    do {
        got = receive(*node);
        REQUIRE(got.topic == "t");
    } while (got.data != "end");
}

TEST_CASE("a crowd of subscriptions from a hostile SUB does not disturb the others")
{
    const node_ptr server = make_server({"t"});
    const node_ptr node = make_client();
    join(*node, *server);
    raw_ctx_t ctx;
    raw_socket_t sub(ctx, ZMQ_SUB);
    sub.set(ZMQ_SNDHWM, 0);
    sub.connect(server->data_endpoint());
    for (int i = 0; i < rounds(20000, 2000); ++i)
        sub.subscribe("\xff" + std::to_string(i));
    sub.subscribe("");
    subscribe(*node, {"t"});
    REQUIRE_OK(server->publish("t", "x"));
    CHECK(receive_text(*node) == "t=x");
    CHECK(sub.recv().size() == 1); // the message that it subscribes to; tokens of fences are no messages
}
