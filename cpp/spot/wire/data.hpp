// The data plane's frame. PROTOCOL.md, "Data plane".
//
//   topic bytes | 0x00 | flags u8 | source (7 bytes) | seq u64 LE | payload
//
// With BATCH the payload is records of `u32 LE length | bytes`; with LARGE it is the next frame.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "spot/wire/bytes.hpp"
#include "spot/wire/limits.hpp"
#include "spot/wire/node_id.hpp"

namespace spot::wire
{
inline constexpr std::uint8_t flag_batch = 0x01;
inline constexpr std::uint8_t flag_large = 0x02;
inline constexpr std::uint8_t known_flags = flag_batch | flag_large;
inline constexpr char fence_prefix = '\xff';    // begins a fence's subscription: no UTF-8 topic does
inline constexpr char directed_prefix = '\xfe'; // begins what is meant for one receiver of one node

// NUL, flags, source, seq
inline constexpr std::size_t data_header_tail = 1 + 1 + source_bytes + 8;
inline constexpr std::size_t record_header_bytes = 4;

inline std::size_t data_header_bytes(std::size_t topic_bytes)
{
    return topic_bytes + data_header_tail;
}

struct data_header_t
{
    std::string_view topic;
    std::uint8_t flags = 0;
    source_t source = 0;
    std::uint64_t seq = 0;
    std::string_view payload; // what follows the header in this frame
};

// A whole header, data_header_bytes(topic.size()) long, with seq 0: all that does not change between
// messages of one topic. `stamp` writes the seq in place at its end.
std::string data_prefix(std::string_view topic, std::uint8_t flags, source_t source);
// Writes flags, source and seq into a frame whose topic is `topic_bytes` long. The frame must be at least
// data_header_bytes(topic_bytes) long.
void stamp(char *frame, std::size_t topic_bytes, std::uint8_t flags, source_t source, std::uint64_t seq);

// False when malformed: no NUL within max_topic_bytes, truncated, invalid topic, an unknown flag, both
// BATCH and LARGE, LARGE with a payload in this frame, or seq 0 (a mark, an empty BATCH, may have any
// seq >= 1). Does not look into the records. `validate_topic` may be false for a caller that compares the
// topic with a known name anyway (it is non-empty and without NUL all the same). `out` holds views into
// `frame`, and is unchanged when the answer is false.
bool parse_data(std::string_view frame, data_header_t &out, bool validate_topic = true);

// Walks a BATCH payload: every length is checked. False, with `count` untouched, when a record is truncated.
bool count_records(std::string_view payload, std::uint64_t &count);

// The next record of `rest`. The payload must have passed count_records.
inline std::string_view first_record(std::string_view rest)
{
    return rest.substr(record_header_bytes, get_le<std::uint32_t>(rest.data()));
}

// The same, and takes it off.
inline std::string_view next_record(std::string_view &rest)
{
    const std::string_view record = first_record(rest);
    rest.remove_prefix(record_header_bytes + record.size());
    return record;
}

// Writes the record's length; the caller copies the bytes behind it.
inline void put_record_length(char *at, std::uint32_t length)
{
    put_le(at, length);
}

// A barrier, for one receiver of one node: what was sent to it before comes before this. It looks like a data
// frame of no owner, so that whoever does not know barriers ignores it.
//
//   FE | node id, receiver u32 (40 hexadecimal digits) | 00 | flags 0 | source 0 | number u64 LE | sender
//   (16)
std::string directed_filter(const node_id_t &to, std::uint32_t receiver);
std::string barrier_frame(const node_id_t &to, std::uint32_t receiver, std::uint64_t number,
                          const node_id_t &sender);
inline bool is_directed(std::string_view frame)
{
    return !frame.empty() && frame[0] == directed_prefix;
}
// Of a directed frame. False when malformed, or when it is meant for somebody else.
bool parse_barrier(std::string_view frame, std::string_view filter, std::uint64_t &number, node_id_t &sender);

// Filters for the SUB side.
std::string exact_filter(std::string_view topic); // topic + NUL
}
