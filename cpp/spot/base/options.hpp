// The options of a node.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace spot
{
enum class overflow_t
{
    drop,  // drop the message for each peer that is full; the receiver there counts the loss
    block, // wait until every peer has room, at most send_timeout_ms
};

// The only declaration of the options. A row is (type, name, default, kind, low, high, unit, effect);
// option_table.hpp defines the kinds. From the rows come options_t, the table in option_table.hpp, the
// keywords that the binding takes, the values that Python accepts, and, by `python scripts/tables.py` and
// `python scripts/options_table.py`, the signature of spotmq.Spot, its types and the table in
// docs/configuration.md.
//
// To add an option: add a row, build, run both scripts and scripts/cpp_api.py, add a sentence to the
// docstring of spotmq.Spot, and write the code that the option changes.
//
// clang-format would run the rows together.
// clang-format off
#define SPOT_OPTIONS(row) \
    row(int, send_hwm, 10000, whole, 0, option_int_max, frames, \
        "How many frames may wait to be sent to one peer. A peer is full when this or send_hwm_bytes is " \
        "reached. 0: no limit.") \
    row(int, recv_hwm, 10000, whole, 0, option_int_max, frames, \
        "The same for frames that wait to be received from one peer.") \
    row(std::uint64_t, send_hwm_bytes, 64ULL << 20, whole, 0, option_long_max, bytes, \
        "How many bytes may wait to be sent to one peer. 0: no limit.") \
    row(std::uint64_t, recv_hwm_bytes, 64ULL << 20, whole, 0, option_long_max, bytes, \
        "The same for bytes that wait to be received from one peer.") \
    row(overflow_t, overflow, overflow_t::drop, choice, 0, 0, none, \
        "What publish does when a peer is full: drop the message for that peer, and count it; or wait for " \
        "room.") \
    row(std::int64_t, send_timeout_ms, 10000, timeout, 0, option_long_max, milliseconds, \
        "How long publish waits for room, where overflow says so, before it fails with Again (EAGAIN).") \
    row(int, linger_ms, 500, milliseconds, 0, option_day_ms, milliseconds, \
        "How long close() waits for published messages to leave. Messages that are left then are lost.") \
    row(int, coalesce_us, 50, whole, 0, 1000000, microseconds, \
        "How many microseconds a small message of a fast stream may wait for others to share its frame; " \
        "four times as long in a stream that fills whole frames. 0: every message leaves at once.") \
    row(std::string, name, {}, text, 0, 255, bytes, \
        "A name that peers show.") \
    row(std::string, cluster, {}, text, 0, 255, bytes, \
        "The name of the cluster. A node of another name is refused.") \
    row(std::int64_t, heartbeat_ms, 1000, milliseconds, 1, option_day_ms, milliseconds, \
        "A peer that is silent this long is asked for a sign of life; one that is silent three times this " \
        "long is DOWN.") \
    row(int, stall_timeout_ms, 30000, milliseconds, 1, option_day_ms, milliseconds, \
        "The connection of a subscriber that takes nothing for this long, while messages wait for it, is " \
        "ended.") \
    row(std::uint64_t, max_message_bytes, 1ULL << 30, whole, 1, option_long_max, bytes, \
        "The largest payload that is sent or received. A larger one that arrives is dropped and counted as " \
        "lost.") \
    row(std::size_t, max_topics_per_peer, 1000000, whole, 1, option_long_max, topics, \
        "How many topics of one peer, and how many subscriptions of one connection, are kept.") \
    row(std::size_t, max_peers, 4096, whole, 1, option_long_max, peers, \
        "How many peers a node has at most.") \
    row(bool, gossip, true, yes_no, 0, 1, none, \
        "Whether the node learns of peers from its peers and tells them of others. Where it is false, the " \
        "peers are those that were added by calls.")
// clang-format on

// A negative send_timeout_ms waits for ever. name and cluster have at most 255 bytes of UTF-8; empty is none.
struct options_t
{
#define SPOT_OPTION_FIELD(type, name, value, kind, low, high, unit, effect) type name = value;
    SPOT_OPTIONS(SPOT_OPTION_FIELD)
#undef SPOT_OPTION_FIELD
};
}
