// Protects: no bytes from the network make the control decoders read out of bounds, accept half a message, or
// leave half a value behind. The address sanitizer runs it, too.
#include <doctest/doctest.h>

#include <memory>

#include "spot/wire/control.hpp"
#include "spot/wire/limits.hpp"
#include "support.hpp"

using namespace spot::wire;
using spot::test::counting_id;
using spot::test::dice_t;

namespace
{
// Every frame in an allocation of its own size, so that a sanitizer sees a read one byte past its end.
class exact_frames_t
{
  public:
    explicit exact_frames_t(const frames_t &frames)
    {
        for (const std::string &frame : frames) {
            _memory.push_back(std::make_unique<char[]>(frame.size()));
            frame.copy(_memory.back().get(), frame.size());
            _views.emplace_back(_memory.back().get(), frame.size());
        }
    }
    const frame_views_t &views() const { return _views; }

  private:
    std::vector<std::unique_ptr<char[]>> _memory;
    frame_views_t _views;
};

// Decodes by the command byte, as the service thread does; encodes again what was accepted.
bool decode(const frames_t &frames, frames_t &again)
{
    const exact_frames_t exact(frames);
    const frame_views_t &in = exact.views();
    if (in.empty() || in[0].size() != 1)
        return false;
    std::string_view topic;
    std::string_view payload;
    std::vector<std::string> names;
    hello_t hello;
    topics_t topics;
    std::vector<peer_entry_t> peers;
    token_t token;
    std::vector<loss_entry_t> losses;
    subs_t subs;
    ends_t ends;
    barrier_t barrier;
    refusal_t refusal;
    switch (static_cast<command_t>(in[0][0])) {
    case command_t::publish:
        return decode_publish(in, topic, payload) && (again = encode_publish(topic, payload), true);
    case command_t::subscribe:
        return decode_topic(in, topic) && (again = encode_subscribe(topic), true);
    case command_t::unsubscribe:
        return decode_topic(in, topic) && (again = encode_unsubscribe(topic), true);
    case command_t::query_resp:
        return decode_query_resp(in, max_topics_per_peer, names) && (again = encode_query_resp(names), true);
    case command_t::hello:
        return decode_hello(in, hello) && (again = encode_hello(hello), true);
    case command_t::welcome:
        return decode_hello(in, hello) && (again = encode_welcome(hello), true);
    case command_t::topics:
        return decode_topics(in, topics) && (again = encode_topics(topics), true);
    case command_t::peers:
        return decode_peers(in, peers) && (again = encode_peers(peers), true);
    case command_t::fence:
        return decode_fence(in, token) && (again = encode_fence(token), true);
    case command_t::lost:
        return decode_lost(in, losses) && (again = encode_lost(losses), true);
    case command_t::subs:
        return decode_subs(in, subs) && (again = encode_subs(subs), true);
    case command_t::ends:
        return decode_ends(in, ends) && (again = encode_ends(ends), true);
    case command_t::barrier:
        return decode_barrier(in, barrier) && (again = encode_barrier(barrier), true);
    case command_t::refused:
        return decode_refused(in, refusal) && (again = encode_refused(refusal), true);
    case command_t::shared:
        return decode_shared(in, names) && (again = encode_shared(names), true);
    case command_t::query:
    case command_t::bye:
        break; // nothing to decode
    }
    return false;
}

bool is_prefix(const frames_t &shorter, const frames_t &longer)
{
    return shorter.size() <= longer.size() && std::equal(shorter.begin(), shorter.end(), longer.begin());
}

std::vector<frames_t> one_of_each()
{
    hello_t hello;
    hello.node_id = counting_id();
    hello.name = "näme";
    hello.control_endpoint = "tcp://a:1";
    hello.data_endpoint = "tcp://a:2";
    hello.ingress_endpoint = "tcp://a:3";
    hello.features = 5;
    topics_t topics;
    topics.version = 9;
    topics.changes = {{true, "größe"}, {false, "b"}};
    return {encode_publish("größe", "payload"),
            encode_subscribe("größe"),
            encode_unsubscribe("größe"),
            encode_query_resp({"größe", "b", "c"}),
            encode_hello(hello),
            encode_welcome(hello),
            encode_topics(topics),
            encode_peers({{"tcp://a:1", counting_id()}, {"tcp://b:1", counting_id(1)}}),
            encode_fence({counting_id(), 3}),
            encode_lost({{"größe", 1}, {"b", 2}}),
            encode_subs({1, {"größe", "b*"}}),
            encode_ends({1, {{"größe", 7}, {"b", 1}}}),
            encode_barrier({1, 2})};
}
}

TEST_CASE("every message survives its round trip")
{
    for (const frames_t &message : one_of_each()) {
        frames_t again;
        REQUIRE(decode(message, again));
        CHECK(again == message);
    }
}

// A cut within a frame, or between frames, is either refused or leaves a message that is itself complete.
TEST_CASE("every message, cut at every byte of every frame")
{
    for (const frames_t &message : one_of_each()) {
        for (std::size_t frame = 0; frame < message.size(); ++frame) {
            for (std::size_t length = 0; length < message[frame].size(); ++length) {
                for (const bool drop_rest : {false, true}) {
                    frames_t cut = message;
                    cut[frame].resize(length);
                    if (drop_rest)
                        cut.resize(frame + 1);
                    frames_t again;
                    if (decode(cut, again))
                        REQUIRE(again == cut);
                }
            }
            frames_t cut(message.begin(), message.begin() + static_cast<std::ptrdiff_t>(frame));
            frames_t again;
            if (decode(cut, again))
                REQUIRE(again == cut);
        }
    }
}

TEST_CASE("fixed-size frames are refused at every other length")
{
    for (const frames_t &message : one_of_each()) {
        for (std::size_t frame = 0; frame < message.size(); ++frame) {
            const bool fixed = message[frame].find('\0') != std::string::npos;
            for (std::size_t length = 0; fixed && length < 40; ++length) {
                if (length == message[frame].size())
                    continue;
                frames_t changed = message;
                changed[frame].resize(length);
                frames_t again;
                CHECK_FALSE(decode(changed, again));
            }
        }
    }
}

TEST_CASE("frames beyond those listed are ignored where the list is fixed")
{
    for (const frames_t &message : one_of_each()) {
        const auto command = static_cast<command_t>(message[0][0]);
        const bool fixed = command == command_t::publish || command == command_t::subscribe ||
                           command == command_t::unsubscribe || command == command_t::hello ||
                           command == command_t::welcome || command == command_t::fence;
        if (!fixed)
            continue;
        frames_t longer = message;
        longer.insert(longer.end(), {"", "\xff"}); // an empty cluster name is as good as none
        frames_t again;
        REQUIRE(decode(longer, again));
        CHECK(again == message);
    }
}

TEST_CASE("garbage: whatever is accepted encodes to what came in")
{
    dice_t dice(2);
    int accepted = 0;
    for (int i = 0; i < 60000; ++i) {
        frames_t message = {std::string(1, static_cast<char>(dice.roll(16)))};
        for (std::size_t left = dice.roll(9); left > 0; --left)
            message.push_back(dice.garbage(dice.chance(50) ? 4 : 26));
        frames_t again;
        if (!decode(message, again))
            continue;
        ++accepted;
        REQUIRE(is_prefix(again, message));
    }
    CHECK(accepted > 100); // or this test would say nothing
}

TEST_CASE("mutations of good messages: whatever is accepted encodes to what came in")
{
    dice_t dice(3);
    const std::vector<frames_t> originals = one_of_each();
    int accepted = 0;
    for (int i = 0; i < 60000; ++i) {
        frames_t message = dice.pick(originals);
        for (std::size_t left = 1 + dice.roll(3); left > 0; --left) {
            std::string &frame = message[dice.roll(message.size())];
            if (!frame.empty() && dice.chance(70))
                frame[dice.roll(frame.size())] = static_cast<char>(dice.roll(256));
            else if (dice.chance(50))
                frame += dice.garbage(3);
            else
                frame.resize(dice.roll(frame.size() + 1));
        }
        frames_t again;
        if (!decode(message, again))
            continue;
        ++accepted;
        REQUIRE(is_prefix(again, message));
    }
    CHECK(accepted > 1000);
}

TEST_CASE("a million topics decode, and one more than the limit does not")
{
    std::vector<std::string> names;
    names.reserve(max_topics_per_peer + 1);
    for (std::size_t i = 0; i < max_topics_per_peer; ++i)
        names.push_back("t" + std::to_string(i));
    frames_t message = encode_query_resp(names);
    CHECK(message.size() <= max_control_frames);
    std::vector<std::string> got;
    REQUIRE(decode_query_resp({message.begin(), message.end()}, max_topics_per_peer, got));
    CHECK(got == names);
    names.push_back("one too many");
    message = encode_query_resp(names);
    CHECK_FALSE(decode_query_resp({message.begin(), message.end()}, max_topics_per_peer, got));
    CHECK(got.size() == max_topics_per_peer);
}

TEST_CASE("a control frame has its limit, and the payload of PUBLISH a larger one")
{
    const std::string allowed(max_control_frame_bytes, 'x'), longer(max_control_frame_bytes + 1, 'x');
    const std::string payload(max_plain_payload_bytes, 'x'), too_long(max_plain_payload_bytes + 1, 'x');
    const std::string publish("\x01"), query("\x04");
    CHECK(within_limits({}));
    CHECK(within_limits({query, allowed}));
    CHECK_FALSE(within_limits({query, longer}));
    CHECK(within_limits({publish, "t", payload}));
    CHECK_FALSE(within_limits({publish, "t", too_long}));
    CHECK_FALSE(within_limits({publish, longer, payload}));
    CHECK_FALSE(within_limits({publish, "t", payload, longer}));
    CHECK_FALSE(within_limits({query, "t", payload}));
}
