// Protects: the exact bytes of data frames, and that no frame leads the parser out of bounds.
#include <doctest/doctest.h>

#include <memory>

#include "spot/wire/data.hpp"
#include "support.hpp"

using namespace spot;
using namespace spot::wire;
using test::bytes;

namespace
{
std::string frame_of(std::string_view topic, std::uint8_t flags, source_t source, std::uint64_t seq,
                     std::string_view payload = {})
{
    std::string frame = data_prefix(topic, flags, source);
    stamp(frame.data(), topic.size(), flags, source, seq);
    return frame.append(payload);
}

std::string record(std::string_view payload)
{
    std::string raw(record_header_bytes, '\0');
    put_record_length(raw.data(), static_cast<std::uint32_t>(payload.size()));
    return raw.append(payload);
}

// From an allocation of the frame's own size, so that a sanitizer sees a read one byte past its end.
bool parses(const std::string &frame, bool validate_topic = true)
{
    const auto exact = std::make_unique<char[]>(frame.size());
    frame.copy(exact.get(), frame.size());
    data_header_t header;
    return parse_data({exact.get(), frame.size()}, header, validate_topic);
}
}

TEST_CASE("the exact bytes of a frame")
{
    const source_t source = test::counting_id(1).source();
    const std::string frame = frame_of("chat", 0, source, 0x0102, "hi");
    CHECK(frame == bytes("63686174 00 00 01020304050607 0201000000000000 6869"));
    CHECK(data_header_bytes(4) == frame.size() - 2);
    data_header_t header;
    REQUIRE(parse_data(frame, header));
    CHECK(header.topic == "chat");
    CHECK(header.flags == 0);
    CHECK(header.source == source);
    CHECK(header.seq == 0x0102);
    CHECK(header.payload == "hi");
}

TEST_CASE("data_prefix is a whole header that only lacks its seq")
{
    const std::string prefix = data_prefix("größe", flag_batch, 0xffffffffffffff);
    CHECK(prefix.size() == data_header_bytes(7));
    CHECK(prefix == std::string("größe") + bytes("00 01 ffffffffffffff 0000000000000000"));
    CHECK_FALSE(parses(prefix)); // seq 0 is no message's
}

TEST_CASE("stamp writes nothing but flags, source and seq")
{
    std::string frame(data_header_bytes(3) + 2, 'x');
    stamp(frame.data(), 3, flag_large, 0x07060504030201, ~0ULL);
    CHECK(frame == "xxxx" + bytes("02 01020304050607 ffffffffffffffff") + "xx");
}

TEST_CASE("which headers are malformed")
{
    CHECK(parses(frame_of("t", 0, 1, 1)));
    CHECK(parses(frame_of("t", 0, 0, ~0ULL, std::string(1000, '\0'))));
    CHECK(parses(frame_of("t", flag_batch, 1, 1))); // a mark
    CHECK(parses(frame_of("t", flag_large, 1, 1)));
    CHECK_FALSE(parses(""));
    CHECK_FALSE(parses(frame_of("", 0, 1, 1)));
    CHECK_FALSE(parses(frame_of("", 0, 1, 1), false));
    CHECK_FALSE(parses(frame_of("t", 0, 1, 0)));
    CHECK_FALSE(parses(frame_of("t", flag_batch | flag_large, 1, 1)));
    CHECK_FALSE(parses(frame_of("t", flag_large, 1, 1, "x")));
    for (const unsigned bit : {2u, 3u, 4u, 5u, 6u, 7u})
        CHECK_FALSE(parses(frame_of("t", static_cast<std::uint8_t>(1u << bit), 1, 1)));
    CHECK_FALSE(parses(frame_of("t*", 0, 1, 1)));
    CHECK_FALSE(parses(frame_of("t\xff", 0, 1, 1)));
    CHECK(parses(frame_of("t*", 0, 1, 1), false));
}

TEST_CASE("the topic ends within 255 bytes or the frame is malformed")
{
    CHECK(parses(frame_of(std::string(255, 't'), 0, 1, 1)));
    CHECK_FALSE(parses(frame_of(std::string(256, 't'), 0, 1, 1)));
    CHECK_FALSE(parses(frame_of(std::string(256, 't'), 0, 1, 1), false));
    CHECK_FALSE(parses(std::string(255, 't')));
    CHECK_FALSE(parses(std::string(100000, 't')));
}

TEST_CASE("a header cut at any byte is malformed")
{
    const std::string frame = frame_of("größe", 0, 1, 1);
    for (std::size_t length = 0; length < frame.size(); ++length)
        CHECK_FALSE(parses(frame.substr(0, length)));
}

TEST_CASE("a failure leaves the header as it was")
{
    data_header_t header;
    header.seq = 42;
    CHECK_FALSE(parse_data("t", header));
    CHECK_FALSE(parse_data(frame_of("t*", 0, 1, 1), header));
    CHECK(header.seq == 42);
}

TEST_CASE("records: exact bytes and the walk")
{
    const std::string payload = record("hi") + record("") + record(std::string(300, 'x'));
    CHECK(payload.substr(0, 10) == bytes("02000000 6869 00000000"));
    CHECK(payload.substr(10, 4) == bytes("2c010000"));
    std::uint64_t count = 0;
    REQUIRE(count_records(payload, count));
    CHECK(count == 3);
    std::string_view rest = payload;
    CHECK(next_record(rest) == "hi");
    CHECK(next_record(rest) == "");
    CHECK(next_record(rest) == std::string(300, 'x'));
    CHECK(rest.empty());
    REQUIRE(count_records("", count));
    CHECK(count == 0);
}

TEST_CASE("a truncated record is refused at every byte")
{
    const std::string payload = record("hi") + record("there");
    for (std::size_t length = 1; length < payload.size(); ++length) {
        std::uint64_t count = 42;
        const bool whole = length == record("hi").size();
        CHECK(count_records(payload.substr(0, length), count) == whole);
        CHECK(count == (whole ? 1u : 42u));
    }
    std::uint64_t count = 0;
    CHECK_FALSE(count_records(bytes("ffffffff"), count));
    CHECK_FALSE(count_records(bytes("ffffffff") + std::string(100, 'x'), count));
    CHECK_FALSE(count_records(bytes("fcffffff 00000000"), count)); // 4 + length would wrap at 32 bits
}

TEST_CASE("garbage: what the parser accepts is what the bytes say")
{
    test::dice_t dice(4);
    int accepted = 0;
    for (int i = 0; i < 100000; ++i) {
        std::string frame = dice.garbage(40);
        if (dice.chance(60)) { // nearer to a frame
            frame = frame_of(dice.text({"a", "bc", "\xc3\xa9", "*"}, 4),
                             static_cast<std::uint8_t>(dice.roll(5)), dice.roll(1000), dice.roll(4)) +
                    (dice.chance(50) ? dice.garbage(6) : "");
        }
        const auto exact = std::make_unique<char[]>(frame.size());
        frame.copy(exact.get(), frame.size());
        data_header_t header;
        if (!parse_data({exact.get(), frame.size()}, header))
            continue;
        ++accepted;
        REQUIRE(frame_of(header.topic, header.flags, header.source, header.seq, header.payload) == frame);
        std::uint64_t count = 0;
        if (count_records(header.payload, count)) {
            std::string_view rest = header.payload;
            std::string again;
            for (; count > 0; --count)
                again += record(next_record(rest));
            REQUIRE(rest.empty());
            REQUIRE(again == header.payload);
        }
    }
    CHECK(accepted > 5000); // or this test would say nothing
}

TEST_CASE("an exact filter matches its topic's frames and no longer topic's")
{
    const std::string filter = exact_filter("chat");
    CHECK(filter == std::string("chat\0", 5));
    CHECK(frame_of("chat", 0, 1, 1).compare(0, filter.size(), filter) == 0);
    CHECK(frame_of("chatter", 0, 1, 1).compare(0, filter.size(), filter) != 0);
}

TEST_CASE("a barrier is read by the receiver that it is for, and is a frame of no source to all others")
{
    const node_id_t to = test::counting_id(), sender = test::counting_id(0xf0);
    const std::string filter = directed_filter(to, 0x1a2b);
    const std::string frame = barrier_frame(to, 0x1a2b, 7, sender);
    CHECK(frame == bytes("fe") + "000102030405060708090a0b0c0d0e0f00001a2b" +
                       bytes("00 00 00000000000000 0700000000000000 f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff"));
    CHECK(filter == frame.substr(0, filter.size()));
    std::uint64_t number = 0;
    node_id_t from;
    CHECK(parse_barrier(frame, filter, number, from));
    CHECK(number == 7);
    CHECK(from == sender);
    CHECK_FALSE(parse_barrier(frame, directed_filter(to, 0x1a2c), number, from));
    CHECK_FALSE(parse_barrier(frame, directed_filter(sender, 0x1a2b), number, from));
    for (std::size_t size = 0; size < frame.size(); ++size)
        CHECK_FALSE(parse_barrier(std::string_view(frame).substr(0, size), filter, number, from));
    CHECK_FALSE(parse_barrier(frame + "x", filter, number, from));
    data_header_t header; // as a receiver reads it that does not know barriers
    CHECK(parse_data(frame, header, false));
    CHECK(header.source == 0);
    CHECK_FALSE(parse_data(frame, header));
}

TEST_CASE("a whole frame is read: one message, a batch, a mark, a large one; nothing that contradicts itself")
{
    const auto frame_of = [](std::uint8_t flags, const std::string &payload) {
        std::string frame = spot::wire::data_prefix("t", flags, 7);
        spot::wire::stamp(frame.data(), 1, flags, 7, 9);
        return frame + payload;
    };
    const std::string two = std::string("\1\0\0\0a\2\0\0\0bc", 11);
    spot::wire::data_frame_t read;

    const std::string one = frame_of(0, "abc");
    REQUIRE(spot::wire::read_data(one, nullptr, read));
    CHECK(read.count == 1);
    CHECK(read.payload == "abc");
    CHECK(read.payload_bytes() == 3);
    CHECK(read.header.seq == 9);
    CHECK(read.header.source == 7);

    const std::string batch = frame_of(spot::wire::flag_batch, two);
    REQUIRE(spot::wire::read_data(batch, nullptr, read));
    CHECK(read.batch);
    CHECK(read.count == 2);
    CHECK(read.payload_bytes() == 3);

    const std::string mark = frame_of(spot::wire::flag_batch, "");
    REQUIRE(spot::wire::read_data(mark, nullptr, read));
    CHECK(read.count == 0);
    CHECK(read.payload.empty());

    const std::string large = frame_of(spot::wire::flag_large, "");
    const std::string_view body = "large";
    REQUIRE(spot::wire::read_data(large, &body, read));
    CHECK(read.large);
    CHECK(read.count == 1);
    CHECK(read.payload == "large");

    CHECK_FALSE(spot::wire::read_data(large, nullptr, read)); // its second frame is missing
    CHECK_FALSE(spot::wire::read_data(one, &body, read));     // one too many
    CHECK_FALSE(spot::wire::read_data(batch, &body, read));
    CHECK_FALSE(spot::wire::read_data(batch + "x", nullptr, read)); // a record is cut off
    const std::string bad_topic = std::string("\xc3", 1) + one;
    CHECK_FALSE(spot::wire::read_data(bad_topic, nullptr, read));
    CHECK(spot::wire::read_data(bad_topic, nullptr, read, false));
}
