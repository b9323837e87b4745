// Encodes and decodes the messages of the control plane as lists of frames. PROTOCOL.md, "Control plane". A
// list holds neither the ROUTER's routing id nor an envelope (envelope.hpp).
//
// Thread safety: any thread.
//
// Invariants of the decoders:
// 1. A length is checked before it is used.
// 2. Memory is allocated only in proportion to the bytes that arrived.
// 3. Frames beyond those that PROTOCOL.md lists are ignored. For anything malformed the decoder returns
// false, and
//    its arguments are unchanged.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "spot/wire/node_id.hpp"

namespace spot::wire
{
enum class command_t : std::uint8_t
{
    publish = 0x01,
    subscribe = 0x02,
    unsubscribe = 0x03,
    query = 0x04,
    query_resp = 0x05,
    hello = 0x06,
    welcome = 0x07,
    topics = 0x08,
    peers = 0x09,
    fence = 0x0A,
    bye = 0x0B,
    lost = 0x0C,
    subs = 0x0D,
    ends = 0x0E,
    barrier = 0x0F,
    refused = 0x10,
    shared = 0x11,
};

// How a receiver treats the code of a command.
enum class command_class_t
{
    known,     // one of command_t
    malformed, // 0x00 and unknown codes below 0x80
    ignored,   // codes from 0x80 on, which are free for users' extensions
};
command_class_t classify(std::uint8_t code);

using frames_t = std::vector<std::string>;           // to be sent; [0] is the command byte
using frame_views_t = std::vector<std::string_view>; // as received; [0] is the command byte

// Whether no frame is longer than max_control_frame_bytes, or max_plain_payload_bytes for the payload of
// PUBLISH.
bool within_limits(const frame_views_t &in);

inline constexpr std::uint16_t protocol_version = 1;

// Bits of hello_t::features: the optional parts of the protocol that the sender understands.
inline constexpr std::uint64_t feature_ends = 1ULL << 0;     // ENDS and BARRIER; it needs no marks
inline constexpr std::uint64_t feature_clusters = 1ULL << 1; // names of clusters, REFUSED and SHARED
inline constexpr std::uint64_t own_features = feature_ends | feature_clusters;

struct hello_t
{
    std::uint16_t version = protocol_version;
    node_id_t node_id;
    std::string name;
    std::string control_endpoint; // empty: the sender never bound, and has none of the three
    std::string data_endpoint;
    std::string ingress_endpoint;
    std::uint64_t features = 0;
    std::string cluster{}; // the cluster's name; empty: the sender has none
};

struct token_t // the token of a fence, 24 bytes on the wire
{
    static constexpr std::size_t bytes = 24;
    node_id_t subscriber;
    std::uint64_t counter = 0;
    std::string encode() const;
    static bool decode(std::string_view raw, token_t &out); // false: `raw` has another length
};

struct topic_change_t
{
    bool added;
    std::string topic;
};
struct topics_t
{
    std::uint64_t version = 0; // 0 begins a full list
    std::vector<topic_change_t> changes;
};
struct peer_entry_t
{
    std::string control_endpoint;
    node_id_t node_id;
};
struct loss_entry_t
{
    std::string topic;
    std::uint64_t count = 0;
};
struct subs_t
{
    std::uint32_t receiver_id = 0;
    std::vector<std::string> names; // topics and patterns
};

// Reasons in REFUSED.
inline constexpr std::uint16_t refused_cluster = 1; // another cluster; the text is the name of the sender's
inline constexpr std::uint16_t refused_places = 2;  // the sender has no place left; the text is for people
struct refusal_t
{
    std::uint16_t code = 0;
    std::string text{};
};

struct stream_end_t
{
    std::string topic;
    std::uint64_t next = 1; // all messages with a lower seq were sent
};
struct ends_t
{
    std::uint32_t receiver_id = 0;
    std::vector<stream_end_t> ends;
};
struct barrier_t // the request for a barrier
{
    std::uint32_t receiver_id = 0;
    std::uint64_t number = 0;
};

frames_t encode_publish(std::string_view topic, std::string_view payload);
frames_t encode_subscribe(std::string_view topic);
frames_t encode_unsubscribe(std::string_view topic);
frames_t encode_query();
frames_t encode_query_resp(const std::vector<std::string> &topics);
frames_t encode_hello(const hello_t &hello);
frames_t encode_welcome(const hello_t &hello);
frames_t encode_topics(const topics_t &topics);
frames_t encode_peers(const std::vector<peer_entry_t> &peers);
frames_t encode_fence(const token_t &token);
frames_t encode_bye();
frames_t encode_lost(const std::vector<loss_entry_t> &losses);
frames_t encode_subs(const subs_t &subs);
frames_t encode_refused(const refusal_t &refusal);
frames_t encode_shared(const std::vector<std::string> &topics);
frames_t encode_ends(const ends_t &ends);
frames_t encode_barrier(const barrier_t &barrier);

// Each decoder takes the whole message; it does not read the command in frame 0. Topics are validated
// (names.hpp). An endpoint or a name is well-formed UTF-8 of at most max_text_bytes without NUL; a node id is
// not all zeros. Views point into the frames.
//
// PUBLISH. The caller checks the length of the payload: its limit depends on the sender
// (max_plain_payload_bytes).
bool decode_publish(const frame_views_t &in, std::string_view &topic, std::string_view &payload);
bool decode_topic(const frame_views_t &in, std::string_view &topic); // SUBSCRIBE, UNSUBSCRIBE
// The count must equal the number of topics that follow, and be at most max_topics.
bool decode_query_resp(const frame_views_t &in, std::size_t max_topics, std::vector<std::string> &topics);
bool decode_hello(const frame_views_t &in,
                  hello_t &hello); // HELLO and WELCOME; the version must be at least 1
bool decode_topics(const frame_views_t &in, topics_t &topics);
bool decode_peers(const frame_views_t &in, std::vector<peer_entry_t> &peers);
bool decode_fence(const frame_views_t &in, token_t &token);
bool decode_lost(const frame_views_t &in, std::vector<loss_entry_t> &losses);
bool decode_subs(const frame_views_t &in, subs_t &subs);
bool decode_refused(const frame_views_t &in, refusal_t &refusal);
bool decode_shared(const frame_views_t &in, std::vector<std::string> &topics);
bool decode_ends(const frame_views_t &in, ends_t &ends);          // each `next` must be at least 1
bool decode_barrier(const frame_views_t &in, barrier_t &barrier); // the number must be at least 1
}
