// Protects: the exact bytes of every control command, as PROTOCOL.md prints them, and that they decode to the
// same values.
#include <doctest/doctest.h>

#include "spot/wire/control.hpp"
#include "spot/wire/limits.hpp"
#include "support.hpp"

using namespace spot::wire;
using spot::test::bytes;
using spot::test::counting_id;
using spot::test::views;

namespace
{
hello_t example_hello()
{
    hello_t hello;
    hello.node_id = counting_id();
    hello.name = "sensor-7";
    hello.control_endpoint = "tcp://10.0.0.7:5555";
    hello.data_endpoint = "tcp://*:5556";
    hello.ingress_endpoint = "tcp://*:5557";
    hello.features = 0x8000000000000001ULL;
    return hello;
}

void check_hello(const hello_t &got, const hello_t &expected)
{
    CHECK(got.version == expected.version);
    CHECK(got.node_id == expected.node_id);
    CHECK(got.name == expected.name);
    CHECK(got.control_endpoint == expected.control_endpoint);
    CHECK(got.data_endpoint == expected.data_endpoint);
    CHECK(got.ingress_endpoint == expected.ingress_endpoint);
    CHECK(got.features == expected.features);
    CHECK(got.cluster == expected.cluster);
}
}

TEST_CASE("PUBLISH")
{
    const frames_t frames = encode_publish("chat", std::string_view("h\0i", 3));
    CHECK(frames == frames_t{bytes("01"), "chat", bytes("680069")});
    std::string_view topic;
    std::string_view payload;
    REQUIRE(decode_publish(views(frames), topic, payload));
    CHECK(topic == "chat");
    CHECK(payload == bytes("680069"));
    REQUIRE(decode_publish({"\x01", "t", ""}, topic, payload));
    CHECK(payload.empty());
    CHECK_FALSE(decode_publish({"\x01", "t*", "x"}, topic, payload));
    CHECK_FALSE(decode_publish({"\x01", "", "x"}, topic, payload));
    CHECK_FALSE(decode_publish({"\x01", "t"}, topic, payload));
    CHECK(topic == "t"); // a failure leaves what was there
}

TEST_CASE("SUBSCRIBE and UNSUBSCRIBE")
{
    CHECK(encode_subscribe("chat") == frames_t{bytes("02"), "chat"});
    CHECK(encode_unsubscribe("chat") == frames_t{bytes("03"), "chat"});
    std::string_view topic;
    REQUIRE(decode_topic({"\x02", "größe"}, topic));
    CHECK(topic == "größe");
    CHECK_FALSE(decode_topic({"\x02"}, topic));
    CHECK_FALSE(decode_topic({"\x02", "a\xff"}, topic));
    CHECK_FALSE(decode_topic({"\x02", std::string(256, 'a')}, topic));
}

TEST_CASE("QUERY and BYE are the command alone")
{
    CHECK(encode_query() == frames_t{bytes("04")});
    CHECK(encode_bye() == frames_t{bytes("0b")});
}

TEST_CASE("QUERY_RESP")
{
    const frames_t frames = encode_query_resp({"chat", "news"});
    CHECK(frames == frames_t{bytes("05"), bytes("02000000"), "chat", "news"});
    CHECK(encode_query_resp({}) == frames_t{bytes("05"), bytes("00000000")});
    std::vector<std::string> topics = {"before"};
    REQUIRE(decode_query_resp(views(frames), 2, topics));
    CHECK(topics == std::vector<std::string>{"chat", "news"});
    REQUIRE(decode_query_resp(views(encode_query_resp({})), 0, topics));
    CHECK(topics.empty());
}

TEST_CASE("QUERY_RESP is believed only if its count is true and within the limit")
{
    std::vector<std::string> topics = {"before"};
    CHECK_FALSE(decode_query_resp(views(encode_query_resp({"a", "b"})), 1, topics));
    CHECK_FALSE(decode_query_resp({"\x05", bytes("01000000"), "a", "b"}, 9, topics));
    CHECK_FALSE(decode_query_resp({"\x05", bytes("03000000"), "a", "b"}, 9, topics));
    CHECK_FALSE(decode_query_resp({"\x05", bytes("ffffffff"), "a", "b"}, ~0ULL, topics));
    CHECK_FALSE(decode_query_resp({"\x05", bytes("00000002"), "a", "b"}, 9, topics)); // big-endian
    CHECK_FALSE(decode_query_resp({"\x05", bytes("0200"), "a", "b"}, 9, topics));
    CHECK_FALSE(decode_query_resp({"\x05", bytes("0200000000"), "a", "b"}, 9, topics));
    CHECK_FALSE(decode_query_resp({"\x05", bytes("02000000"), "a", "b*"}, 9, topics));
    CHECK_FALSE(decode_query_resp({"\x05", bytes("02000000"), "a", ""}, 9, topics));
    CHECK(topics == std::vector<std::string>{"before"});
}

TEST_CASE("HELLO and WELCOME")
{
    frames_t frames = encode_hello(example_hello());
    CHECK(frames == frames_t{bytes("06"), bytes("0100"), bytes("000102030405060708090a0b0c0d0e0f"),
                             "sensor-7", "tcp://10.0.0.7:5555", "tcp://*:5556", "tcp://*:5557",
                             bytes("0100000000000080")});
    hello_t hello;
    REQUIRE(decode_hello(views(frames), hello));
    check_hello(hello, example_hello());

    CHECK(encode_welcome(example_hello())[0] == bytes("07"));
    frames[0] = bytes("07");
    CHECK(encode_welcome(example_hello()) == frames);

    hello_t prod = example_hello();
    prod.cluster = "prod";
    frames.push_back("prod");
    CHECK(encode_welcome(prod) == frames);
    REQUIRE(decode_hello(views(frames), hello));
    check_hello(hello, prod);

    frames.push_back("a frame from a later version");
    CHECK(decode_hello(views(frames), hello));
    frames[8] = bytes("ff");
    CHECK_FALSE(decode_hello(views(frames), hello));
}

TEST_CASE("REFUSED and SHARED")
{
    const frames_t refused = encode_refused({refused_cluster, "test"});
    CHECK(refused == frames_t{bytes("10"), bytes("0100"), "test"});
    refusal_t refusal;
    REQUIRE(decode_refused(views(refused), refusal));
    CHECK(refusal.code == refused_cluster);
    CHECK(refusal.text == "test");
    CHECK_FALSE(decode_refused(views({bytes("10"), bytes("01"), "test"}), refusal));
    CHECK_FALSE(decode_refused(views({bytes("10"), bytes("0100")}), refusal));

    const frames_t shared = encode_shared({"news", "chat"});
    CHECK(shared == frames_t{bytes("11"), "news", "chat"});
    std::vector<std::string> topics;
    REQUIRE(decode_shared(views(shared), topics));
    CHECK(topics == std::vector<std::string>{"news", "chat"});
    CHECK_FALSE(decode_shared(views({bytes("11"), "news*"}), topics));
}

TEST_CASE("HELLO: each field's own rule")
{
    const auto with = [](std::size_t frame, std::string value) {
        frames_t frames = encode_hello(example_hello());
        frames[frame] = std::move(value);
        hello_t hello;
        return decode_hello(views(frames), hello);
    };
    CHECK_FALSE(with(1, bytes("0000")));
    CHECK_FALSE(with(1, bytes("01")));
    CHECK_FALSE(with(1, bytes("010000")));
    CHECK(with(1, bytes("ffff"))); // a later version reads as this one
    CHECK_FALSE(with(2, std::string(16, '\0')));
    CHECK_FALSE(with(2, std::string(15, 'x')));
    CHECK_FALSE(with(2, std::string(17, 'x')));
    for (const std::size_t text : {3u, 4u, 5u, 6u}) {
        CHECK(with(text, ""));
        CHECK(with(text, std::string(max_text_bytes, 'x')));
        CHECK_FALSE(with(text, std::string(max_text_bytes + 1, 'x')));
        CHECK_FALSE(with(text, std::string("a\0b", 3)));
        CHECK_FALSE(with(text, "\xff"));
    }
    CHECK_FALSE(with(7, ""));
    CHECK_FALSE(with(7, std::string(7, 'x')));
    CHECK_FALSE(with(7, std::string(9, 'x')));
}

TEST_CASE("TOPICS")
{
    topics_t topics;
    topics.version = 0x0102;
    topics.changes = {{true, "chat"}, {false, "+news"}};
    const frames_t frames = encode_topics(topics);
    CHECK(frames == frames_t{bytes("08"), bytes("0201000000000000"), "+chat", "-+news"});
    topics_t got;
    REQUIRE(decode_topics(views(frames), got));
    CHECK(got.version == 0x0102);
    REQUIRE(got.changes.size() == 2);
    CHECK(got.changes[0].added);
    CHECK(got.changes[0].topic == "chat");
    CHECK_FALSE(got.changes[1].added);
    CHECK(got.changes[1].topic == "+news");
    REQUIRE(decode_topics({"\x08", bytes("0000000000000000")}, got));
    CHECK(got.version == 0);
    CHECK(got.changes.empty());
    for (const std::string change : {"", "+", "-", "chat", "*chat", "+a*", "-\xff"})
        CHECK_FALSE(decode_topics({"\x08", bytes("0000000000000000"), change}, got));
    CHECK_FALSE(decode_topics({"\x08", bytes("00000000")}, got));
    CHECK_FALSE(decode_topics({"\x08"}, got));
}

TEST_CASE("PEERS")
{
    const frames_t frames = encode_peers({{"tcp://a:1", counting_id()}, {"ipc:///b", counting_id(16)}});
    CHECK(frames == frames_t{bytes("09"), "tcp://a:1", bytes("000102030405060708090a0b0c0d0e0f"), "ipc:///b",
                             bytes("101112131415161718191a1b1c1d1e1f")});
    std::vector<peer_entry_t> peers;
    REQUIRE(decode_peers(views(frames), peers));
    REQUIRE(peers.size() == 2);
    CHECK(peers[0].control_endpoint == "tcp://a:1");
    CHECK(peers[1].node_id == counting_id(16));
    CHECK_FALSE(decode_peers({"\x09", "tcp://a:1"}, peers));
    CHECK_FALSE(decode_peers({"\x09", "tcp://a:1", std::string(16, '\0')}, peers));
    CHECK_FALSE(decode_peers({"\x09", std::string(1025, 'x'), counting_id().view()}, peers));
    CHECK(peers.size() == 2);
    REQUIRE(decode_peers({"\x09"}, peers));
    CHECK(peers.empty());
}

TEST_CASE("FENCE")
{
    const token_t token{counting_id(), 0x0102};
    const std::string raw = bytes("000102030405060708090a0b0c0d0e0f 0201000000000000");
    CHECK(token.encode() == raw);
    CHECK(raw.size() == token_t::bytes);
    CHECK(encode_fence(token) == frames_t{bytes("0a"), raw});
    token_t got;
    REQUIRE(decode_fence({"\x0a", raw, "more"}, got));
    CHECK(got.subscriber == token.subscriber);
    CHECK(got.counter == token.counter);
    CHECK_FALSE(decode_fence({"\x0a"}, got));
    CHECK_FALSE(decode_fence({"\x0a", raw.substr(1)}, got));
    CHECK_FALSE(decode_fence({"\x0a", raw + "x"}, got));
    CHECK_FALSE(token_t::decode("", got));
}

TEST_CASE("LOST")
{
    const frames_t frames = encode_lost({{"chat", 3}, {"news", ~0ULL}});
    CHECK(frames ==
          frames_t{bytes("0c"), "chat", bytes("0300000000000000"), "news", bytes("ffffffffffffffff")});
    std::vector<loss_entry_t> losses;
    REQUIRE(decode_lost(views(frames), losses));
    REQUIRE(losses.size() == 2);
    CHECK(losses[0].topic == "chat");
    CHECK(losses[0].count == 3);
    CHECK(losses[1].count == ~0ULL);
    CHECK_FALSE(decode_lost({"\x0c", "chat"}, losses));
    CHECK_FALSE(decode_lost({"\x0c", "chat", bytes("03")}, losses));
    CHECK_FALSE(decode_lost({"\x0c", "ch?t", bytes("0300000000000000")}, losses));
    REQUIRE(decode_lost({"\x0c"}, losses));
    CHECK(losses.empty());
}

TEST_CASE("SUBS")
{
    const frames_t frames = encode_subs({7, {"chat", "game:*"}});
    CHECK(frames == frames_t{bytes("0d"), bytes("07000000"), "chat", "game:*"});
    subs_t subs;
    REQUIRE(decode_subs(views(frames), subs));
    CHECK(subs.receiver_id == 7);
    CHECK(subs.names == std::vector<std::string>{"chat", "game:*"});
    CHECK_FALSE(decode_subs({"\x0d"}, subs));
    CHECK_FALSE(decode_subs({"\x0d", bytes("070000")}, subs));
    CHECK_FALSE(decode_subs({"\x0d", bytes("07000000"), ""}, subs));
    CHECK_FALSE(decode_subs({"\x0d", bytes("07000000"), "\xff*"}, subs));
    CHECK(subs.names.size() == 2);
}

TEST_CASE("command bytes: known, malformed, users' own")
{
    for (unsigned code = 0; code < 256; ++code) {
        const command_class_t expected = code >= 0x80                   ? command_class_t::ignored
                                         : code >= 0x01 && code <= 0x11 ? command_class_t::known
                                                                        : command_class_t::malformed;
        CHECK(classify(static_cast<std::uint8_t>(code)) == expected);
    }
}
