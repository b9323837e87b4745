// Values of the public C++ API.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace spot
{
enum class topic_location_t
{
    local,
    remote,
};

struct topic_info_t
{
    std::string id; // the topic's name
    topic_location_t location = topic_location_t::local;
    std::vector<std::string> endpoints; // of the owners; a client's own topics have none
    bool reachable = true;              // LOCAL, or an owner is UP
};

enum class peer_state_t
{
    connecting,
    up,
    down,
};

struct peer_info_t
{
    std::string endpoint; // as it was added
    std::string node_id;  // 32 hex digits; empty until the peer answered
    std::string name;
    peer_state_t state = peer_state_t::connecting;
    std::size_t topics = 0;    // how many it owns
    std::string reason;        // why it is not UP; empty while it is, and until something went wrong
    std::int64_t since_ms = 0; // when the state began: milliseconds since 1970, by this machine's clock
};

enum class overflow_t
{
    drop,  // for the peer that is full; its receiver counts the loss
    block, // wait for room, at most send_timeout_ms
};

struct options_t
{
    // What may wait for a peer, and from one: frames and bytes, whichever limit is reached first; 0: no
    // limit.
    int send_hwm = 10000;
    int recv_hwm = 10000;
    std::uint64_t send_hwm_bytes = 64ULL << 20;
    std::uint64_t recv_hwm_bytes = 64ULL << 20;
    overflow_t overflow = overflow_t::drop;
    std::int64_t send_timeout_ms = 10000; // negative: for ever
    int linger_ms = 500;
    // How long a small message of a burst may wait to share a frame, four times that in a stream that fills
    // whole frames; 0: never.
    int coalesce_us = 50;
    std::int64_t heartbeat_ms = 1000;
    int stall_timeout_ms = 30000; // a receiver that takes nothing for that long is cut off
    std::uint64_t max_message_bytes = 1ULL << 30;
    std::size_t max_topics_per_peer = 1000000;
    std::size_t max_peers = 4096;
    bool gossip = true;  // learn of peers from peers, and tell them of others; false: as added by hand
    std::string name;    // shown to peers; at most 255 bytes of UTF-8
    std::string cluster; // nodes of other names are refused; at most 255 bytes of UTF-8
};

struct bind_options_t
{
    std::string data_endpoint;    // empty: any free port of the same interface
    std::string ingress_endpoint; // the same
    std::string advertise;        // the host that peers are to use; empty: as bound
};

struct stats_t // counters since the node was made
{
    std::uint64_t published = 0;
    std::uint64_t received = 0;
    std::uint64_t relayed = 0;         // published by others through this node, their owner
    std::uint64_t bytes_published = 0; // payloads
    std::uint64_t bytes_received = 0;  // payloads
    std::uint64_t lost = 0;            // messages that this node's receivers missed
    std::uint64_t overflowed = 0;      // messages of this node that receivers report as missed
    std::uint64_t malformed = 0;       // messages that broke a rule of the protocol
    std::uint64_t oversized = 0;       // messages that were larger than max_message_bytes, and dropped
    std::uint64_t ignored = 0;         // well-formed, but not for this node
    std::uint64_t reconnects = 0;      // connections to peers that came back
    std::uint64_t cut_off = 0;         // subscribers' connections that this node ended
    std::uint64_t peers_up = 0;        // now
    std::uint64_t topics_local = 0;    // now
    std::uint64_t topics_remote = 0;   // now
};

struct peer_stats_t // counters of one peer since it was added
{
    std::string endpoint; // as in peer_info_t
    // Of the node that is there now; they begin anew with another node id:
    std::uint64_t received = 0;       // whole wire frames: those under way to the application included
    std::uint64_t bytes_received = 0; // payloads
    std::uint64_t lost = 0;           // its messages that this node's receivers missed
    // Of whoever was there:
    std::uint64_t overflowed = 0; // this node's messages that it missed, or that it did not live to get
    std::uint64_t reconnects = 0;
    std::uint64_t malformed = 0; // control messages of its that broke a rule
};

// Counters of one topic: each LOCAL one, and others that this node has published to or received of. What was
// received counts since the subscription, what was published to a LOCAL topic since it was created.
struct topic_stats_t
{
    std::string topic;
    std::uint64_t published = 0;
    std::uint64_t bytes_published = 0; // payloads
    std::uint64_t relayed = 0;         // published by others through this node, the owner
    std::uint64_t received = 0;        // as in peer_stats_t
    std::uint64_t bytes_received = 0;  // payloads
    std::uint64_t lost = 0;
    std::uint64_t overflowed = 0;
    bool local = false;
    std::uint64_t subscribers = 0; // LOCAL: receive queues over all nodes, now
};

struct subscriber_options_t
{
    // As in options_t; negative: the node's.
    int recv_hwm = -1;
    std::int64_t recv_hwm_bytes = -1;
    bool missing_ok = false;
    int timeout_ms = 5000; // of the first subscription
};

struct subscriber_stats_t // counters of one receive queue since it was made
{
    std::uint64_t received = 0;
    std::uint64_t bytes_received = 0; // payloads
    std::uint64_t lost = 0;           // messages that it missed
};

// What a failed call was about, beside errno.
struct failure_t
{
    std::string subject;              // the topic or endpoint in question
    std::vector<std::string> missing; // the peers that did not answer in time
    std::string reason;               // why a peer cannot be reached, as in peer_info_t; may be empty
};
}
