// Reads and writes the frames of the data plane. PROTOCOL.md, "Data plane".
//
//   topic bytes | 0x00 | flags u8 | source (7 bytes) | seq u64 LE | payload
//
// With BATCH the payload is records of `u32 LE length | bytes`; with LARGE the payload is the next frame.
//
// Thread safety: any thread.
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
inline constexpr char fence_prefix =
    '\xff'; // the first byte of a fence's filter; no UTF-8 text begins with it
inline constexpr char directed_prefix =
    '\xfe'; // the first byte of a directed frame; no UTF-8 text begins with it

// The bytes of a header behind the topic: NUL, flags, source, seq.
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
    std::string_view payload; // the bytes behind the header in this frame
};

// A header of data_header_bytes(topic.size()) bytes with seq 0: the part that the messages of a topic share.
// stamp() writes the seq into it.
std::string data_prefix(std::string_view topic, std::uint8_t flags, source_t source);
// Writes flags, source and seq into a frame whose topic is `topic_bytes` long. The frame must be at least
// data_header_bytes(topic_bytes) long.
void stamp(char *frame, std::size_t topic_bytes, std::uint8_t flags, source_t source, std::uint64_t seq);

// Reads a header. False when it is malformed: no NUL behind at most max_topic_bytes, truncated, an invalid
// topic, an unknown flag, both BATCH and LARGE, LARGE with a payload in this frame, or seq 0. It does not
// look into the records of a BATCH (one without records is a mark). `validate_topic` may be false for a
// caller that compares the topic with a known name anyway; the topic is non-empty and without NUL in any
// case. `out` holds views into `frame`; it is unchanged when the answer is false.
bool parse_data(std::string_view frame, data_header_t &out, bool validate_topic = true);

// A data frame as a receiving end sees it, whichever socket it came from.
struct data_frame_t
{
    data_header_t header;
    bool batch = false;
    bool large = false;
    std::uint64_t count = 0;  // of its messages; 0: a mark
    std::string_view payload; // of all its messages; of a LARGE one it lies in the second frame

    // The bytes of its messages without what BATCH adds.
    std::uint64_t payload_bytes() const { return payload.size() - (batch ? count * record_header_bytes : 0); }
};

// Reads a whole data frame: the header and the records of a BATCH. `body` is the second frame where there is
// one, and null otherwise; only a LARGE message has one. False when malformed: then `out` means nothing.
// `validate_topic` is that of parse_data(). `out` holds views into `head` and `body`.
bool read_data(std::string_view head, const std::string_view *body, data_frame_t &out,
               bool validate_topic = true);

// Checks and counts the records of a BATCH payload. False when a record is truncated; `count` is unchanged
// then.
bool count_records(std::string_view payload, std::uint64_t &count);

// The first record of `rest`. count_records() must have accepted the payload.
inline std::string_view first_record(std::string_view rest)
{
    return rest.substr(record_header_bytes, get_le<std::uint32_t>(rest.data()));
}

// The same, and removes the record from `rest`.
inline std::string_view next_record(std::string_view &rest)
{
    const std::string_view record = first_record(rest);
    rest.remove_prefix(record_header_bytes + record.size());
    return record;
}

// Writes the length of a record; the caller copies the bytes behind it.
inline void put_record_length(char *at, std::uint32_t length)
{
    put_le(at, length);
}

// A barrier: a directed frame, for one receiver of one node, behind all that was sent to that receiver
// before. It has the form of a data frame without an owner, so that a receiver that does not know barriers
// ignores it.
//
//   FE | node id, receiver u32 (40 hexadecimal digits) | 00 | flags 0 | source 0 | number u64 LE | sender
//   (16)
//
// directed_filter() is the filter to which that receiver subscribes.
std::string directed_filter(const node_id_t &to, std::uint32_t receiver);
std::string barrier_frame(const node_id_t &to, std::uint32_t receiver, std::uint64_t number,
                          const node_id_t &sender);
inline bool is_directed(std::string_view frame)
{
    return !frame.empty() && frame[0] == directed_prefix;
}
// Reads a directed frame. False when it is malformed, or does not begin with the receiver's `filter`.
bool parse_barrier(std::string_view frame, std::string_view filter, std::uint64_t &number, node_id_t &sender);

// The filter for one topic: the topic and a NUL, so that no longer name begins with it.
std::string exact_filter(std::string_view topic);
}
