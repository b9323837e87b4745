// The counters of nodes, peers, topics and receive queues.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace spot
{
enum class counter_kind_t
{
    counter,     // only grows
    gauge,       // as it is now
    local_gauge, // a gauge that LOCAL topics alone have
};

// The only declaration of the counters. A row is (name, kind, unit, help). From the rows come the structs and
// the tables below, the result of stats() in Python, and, by `python scripts/tables.py`, the records in
// python/spotmq/types.py and the table in docs/guarantees.md. The help is the docstring in Python; \n\n
// separates its paragraphs.
//
// To add a counter: add a row, run that script and scripts/cpp_api.py, and write the code that counts.
//
// clang-format would run the rows together.
// clang-format off
#define SPOT_NODE_COUNTERS(row) \
    row(published, counter, messages, "Messages published here.") \
    row(received, counter, messages, "Messages handed to the application, those of subscribers included.") \
    row(relayed, counter, messages, "Messages that others published to this node's topics.") \
    row(bytes_published, counter, bytes, "Payloads only.") \
    row(bytes_received, counter, bytes, "Payloads only.") \
    row(lost, counter, messages, \
        "Messages that this node should have received and did not, subscribers included.") \
    row(overflowed, counter, messages, "Messages of this node that its receivers report as lost.") \
    row(malformed, counter, messages, "What arrived and broke a rule of the protocol.") \
    row(oversized, counter, messages, \
        "Messages that arrived, were larger than max_message_bytes, and were dropped.") \
    row(ignored, counter, messages, "What arrived well-formed, but not for this node.") \
    row(reconnects, counter, connections, "Connections to peers that came back.") \
    row(cut_off, counter, connections, \
        "Connections of subscribers that this node ended: they took nothing, or asked for too much.") \
    row(peers_up, gauge, peers, "Now.") \
    row(topics_local, gauge, topics, "Now.") \
    row(topics_remote, gauge, topics, "Now.")

#define SPOT_PEER_COUNTERS(row) \
    row(received, counter, messages, \
        "Its messages that came to this node's receive queues, since it has this node id.\n\n" \
        "They are counted by wire frame, so that up to one frame of them was not handed out yet.") \
    row(bytes_received, counter, bytes, "Payloads of these.") \
    row(lost, counter, messages, \
        "Its messages that this node should have received and did not, since it has this node id.") \
    row(overflowed, counter, messages, \
        "Messages of this node that it reported as lost, or did not live to get.") \
    row(reconnects, counter, connections, "How often its connection came back.") \
    row(malformed, counter, messages, "Control messages of it that broke a rule of the protocol.")

#define SPOT_TOPIC_COUNTERS(row) \
    row(published, counter, messages, "Messages published to it here.") \
    row(bytes_published, counter, bytes, "Payloads of these.") \
    row(relayed, counter, messages, \
        "Messages that other nodes published to it through this one, its owner.") \
    row(received, counter, messages, \
        "Messages that came to the receive queues that subscribe to it now, since they do.\n\n" \
        "They are counted by wire frame, so that up to one frame of them was not handed out yet.") \
    row(bytes_received, counter, bytes, "Payloads of these.") \
    row(lost, counter, messages, "Messages that these queues should have received and did not.") \
    row(overflowed, counter, messages, \
        "Messages of this node that others reported as lost, or did not live to get.") \
    row(subscribers, local_gauge, queues, \
        "Of a LOCAL topic: how many receive queues subscribe to it now, over all nodes.")

#define SPOT_SUBSCRIBER_COUNTERS(row) \
    row(received, counter, messages, "Messages handed to the application.") \
    row(bytes_received, counter, bytes, "Payloads only.") \
    row(lost, counter, messages, "Messages that it should have received and did not.")

// Counters of one topic in one receive queue. They stand in topic_stats_t, whose other fields are 0 then.
#define SPOT_SUBSCRIBER_TOPIC_COUNTERS(row) \
    row(received, counter, messages, \
        "Messages that came. They are counted by wire frame: up to one frame of them was not handed out " \
        "yet.") \
    row(bytes_received, counter, bytes, "Payloads only.") \
    row(lost, counter, messages, "Messages that it should have received and did not.")
// clang-format on

#define SPOT_COUNTER_FIELD(name, kind, unit, help) std::uint64_t name = 0;

// Counters of a node since it was made.
struct stats_t
{
    SPOT_NODE_COUNTERS(SPOT_COUNTER_FIELD)
};

// Counters of one peer since it was added. received, bytes_received and lost belong to the node that answers
// at the endpoint now: they begin at 0 with another node id. The others belong to the endpoint.
struct peer_stats_t
{
    std::string endpoint; // as in peer_info_t
    SPOT_PEER_COUNTERS(SPOT_COUNTER_FIELD)
};

// Counters of one topic. Each LOCAL topic has an entry, and so have others to which this node has published
// or of which it has received. The published counts of a LOCAL topic begin when it is created; the received
// counts begin with the subscription.
struct topic_stats_t
{
    std::string topic;
    bool local = false; // whether this node owns the topic
    SPOT_TOPIC_COUNTERS(SPOT_COUNTER_FIELD)
};

// Counters of one receive queue since it was made.
struct subscriber_stats_t
{
    SPOT_SUBSCRIBER_COUNTERS(SPOT_COUNTER_FIELD)
};

#undef SPOT_COUNTER_FIELD

// A row, for programs that show or export all counters.
template <typename Stats> struct counter_t
{
    std::string_view name;
    counter_kind_t kind;
    std::string_view unit; // in the plural
    std::string_view help;
    std::uint64_t Stats::*value;
};

#define SPOT_COUNTER_ROW(name, kind, unit, help)                                                             \
    counter_t<owner_t>{#name, counter_kind_t::kind, #unit, help, &owner_t::name},

inline constexpr auto node_counters = [] {
    using owner_t = stats_t;
    return std::array{SPOT_NODE_COUNTERS(SPOT_COUNTER_ROW)};
}();
inline constexpr auto peer_counters = [] {
    using owner_t = peer_stats_t;
    return std::array{SPOT_PEER_COUNTERS(SPOT_COUNTER_ROW)};
}();
inline constexpr auto topic_counters = [] {
    using owner_t = topic_stats_t;
    return std::array{SPOT_TOPIC_COUNTERS(SPOT_COUNTER_ROW)};
}();
inline constexpr auto subscriber_counters = [] {
    using owner_t = subscriber_stats_t;
    return std::array{SPOT_SUBSCRIBER_COUNTERS(SPOT_COUNTER_ROW)};
}();
inline constexpr auto subscriber_topic_counters = [] {
    using owner_t = topic_stats_t;
    return std::array{SPOT_SUBSCRIBER_TOPIC_COUNTERS(SPOT_COUNTER_ROW)};
}();

#undef SPOT_COUNTER_ROW
}
