// Values of the public C++ API: options, descriptions of topics and peers, and counters. All of them are
// plain structs without a lock; a copy belongs to its holder.
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
    std::vector<std::string> endpoints; // the owners' control endpoints; none for a topic of a node not bound
    bool reachable = true;              // the topic is LOCAL, or one of its owners is UP
};

enum class peer_state_t
{
    connecting,
    up,
    down,
};

struct peer_info_t
{
    std::string endpoint; // the control endpoint, as it was added
    std::string node_id;  // 32 hex digits; empty until the peer answered
    std::string name;     // the peer's options_t::name
    peer_state_t state = peer_state_t::connecting;
    std::size_t topics = 0;    // the number of topics that the peer owns
    std::string reason;        // why the peer is not UP; empty while it is UP, and before a first failure
    std::int64_t since_ms = 0; // the start of the state: milliseconds since 1970 by this machine's clock
};

enum class overflow_t
{
    drop,  // drop the message for each peer that is full; the receiver there counts the loss
    block, // wait until every peer has room, at most send_timeout_ms
};

struct options_t
{
    // The high-water marks: how many frames, and how many bytes, may wait for one peer to be sent (send) or
    // from one peer to be received (recv). A peer is full when either limit is reached. 0: no limit.
    int send_hwm = 10000;
    int recv_hwm = 10000;
    std::uint64_t send_hwm_bytes = 64ULL << 20;
    std::uint64_t recv_hwm_bytes = 64ULL << 20;
    // What publish does when a peer is full.
    overflow_t overflow = overflow_t::drop;
    // How long publish waits for room with overflow_t::block, before it fails with EAGAIN. Negative: no
    // limit.
    std::int64_t send_timeout_ms = 10000;
    // How long close() waits for published messages to leave. Messages that are left then are lost.
    int linger_ms = 500;
    // How many microseconds a small message of a burst may wait for others to share its frame; four times as
    // long in a stream that fills whole frames. 0: every message leaves at once.
    int coalesce_us = 50;
    // A peer that is silent this long is asked for a sign of life; one that is silent three times this long
    // is DOWN.
    std::int64_t heartbeat_ms = 1000;
    // The connection of a subscriber that takes nothing for this long, while messages wait for it, is ended.
    int stall_timeout_ms = 30000;
    // The largest payload that is sent or received. A larger one that arrives is dropped and counted as lost.
    std::uint64_t max_message_bytes = 1ULL << 30;
    // How many topics of one peer, and how many subscriptions of one connection, are kept.
    std::size_t max_topics_per_peer = 1000000;
    // How many peers a node has at most.
    std::size_t max_peers = 4096;
    // Whether the node learns of peers from its peers and tells them of others. Where it is false, the peers
    // are those that were added by calls.
    bool gossip = true;
    // A name that peers show. At most 255 bytes of UTF-8; may be empty.
    std::string name;
    // The name of the cluster. A node of another name is refused. At most 255 bytes of UTF-8; may be empty.
    std::string cluster;
};

struct bind_options_t
{
    // Where the node sends messages. Empty: a free port of the control endpoint's interface, or a name made
    // from the control endpoint's (ipc, inproc).
    std::string data_endpoint;
    // Where the node takes messages that other nodes publish to its topics. Empty: as above.
    std::string ingress_endpoint;
    // The host that peers are to connect to, where it differs from the one that is bound. Empty: the same.
    std::string advertise;
};

struct stats_t // counters since the node was made
{
    std::uint64_t published = 0;       // messages published by this node
    std::uint64_t received = 0;        // messages handed to the application, subscribers included
    std::uint64_t relayed = 0;         // messages that others published to this node's topics
    std::uint64_t bytes_published = 0; // payloads only
    std::uint64_t bytes_received = 0;  // payloads only
    std::uint64_t lost = 0;            // messages that this node's receivers missed
    std::uint64_t overflowed = 0;      // messages of this node that receivers report as missed
    std::uint64_t malformed = 0;       // messages that broke a rule of the protocol
    std::uint64_t oversized = 0;       // messages dropped because they were larger than max_message_bytes
    std::uint64_t ignored = 0;         // well-formed messages that were not for this node
    std::uint64_t reconnects = 0;      // connections to peers that came back
    std::uint64_t cut_off = 0;         // connections of subscribers that this node ended
    std::uint64_t peers_up = 0;        // now
    std::uint64_t topics_local = 0;    // now
    std::uint64_t topics_remote = 0;   // now
};

struct peer_stats_t // counters of one peer since it was added
{
    std::string endpoint; // as in peer_info_t
    // These three belong to the node that answers at the endpoint now: they begin at 0 with another node id.
    std::uint64_t received = 0; // its messages, counted by whole frame, whether recv gave them yet or not
    std::uint64_t bytes_received = 0; // payloads only
    std::uint64_t lost = 0;           // its messages that this node's receivers missed
    // These three belong to the endpoint, and go on with another node id.
    std::uint64_t overflowed =
        0; // messages of this node that the peer missed, or that it did not live to get
    std::uint64_t reconnects = 0; // connections to it that came back
    std::uint64_t malformed = 0;  // its control messages that broke a rule of the protocol
};

// Counters of one topic. Each LOCAL topic has an entry, and so have others to which this node has published
// or of which it has received. The published counts of a LOCAL topic begin when it is created; the received
// counts begin with the subscription.
struct topic_stats_t
{
    std::string topic;
    std::uint64_t published = 0;       // messages published by this node
    std::uint64_t bytes_published = 0; // payloads only
    std::uint64_t relayed = 0;         // messages that others published to it through this node, its owner
    std::uint64_t received = 0;        // messages, counted by whole frame as in peer_stats_t
    std::uint64_t bytes_received = 0;  // payloads only
    std::uint64_t lost = 0;            // messages that this node's receivers missed
    std::uint64_t overflowed = 0;      // messages of this node that receivers report as missed
    bool local = false;                // whether this node owns the topic
    std::uint64_t subscribers = 0;     // of a LOCAL topic: the receive queues over all nodes, now
};

struct subscriber_options_t
{
    // As in options_t. Negative: the node's.
    int recv_hwm = -1;
    std::int64_t recv_hwm_bytes = -1;
    // Whether the first subscription may name a topic that does not exist yet, as in subscribe().
    bool missing_ok = false;
    // How long the first subscription may take.
    int timeout_ms = 5000;
};

struct subscriber_stats_t // counters of one receive queue since it was made
{
    std::uint64_t received = 0;       // messages handed to the application
    std::uint64_t bytes_received = 0; // payloads only
    std::uint64_t lost = 0;           // messages that the queue missed
};

// The details of a failed call, beside errno.
struct failure_t
{
    std::string subject;              // the topic or the endpoint that the call failed for
    std::vector<std::string> missing; // the peers that did not answer in time
    std::string reason;               // why a peer cannot be reached, as in peer_info_t; may be empty
};
}
