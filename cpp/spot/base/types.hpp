// Values of the public C++ API: options, descriptions of topics and peers, and counters. All of them are
// plain structs without a lock; a copy belongs to its holder. The options of a node and the counters are
// declared in options.hpp and stats.hpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "spot/base/options.hpp"
#include "spot/base/stats.hpp"

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

// The details of a failed call, beside errno.
struct failure_t
{
    std::string subject;              // the topic or the endpoint that the call failed for
    std::vector<std::string> missing; // the peers that did not answer in time
    std::string reason;               // why a peer cannot be reached, as in peer_info_t; may be empty
};
}
