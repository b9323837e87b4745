// What public methods see of a peer.
//
// Thread safety: plain values; a node's records belong to the mutex of node_records_t.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "spot/base/types.hpp"
#include "spot/data/counters.hpp"
#include "spot/data/link.hpp"
#include "spot/registry/topics.hpp"
#include "spot/wire/node_id.hpp"

namespace spot
{
using registry::peer_key_t;

// What is counted of one peer from its addition to its removal, whichever node answers there.
struct peer_counters_t
{
    shared_counter_t reconnects, malformed, overflowed;
};

struct peer_record_t
{
    std::string endpoint; // as it was added
    wire::node_id_t node_id;
    std::string name;
    peer_state_t state = peer_state_t::connecting;
    std::string reason;         // why it is not UP; peer_reasons_t keeps it
    std::int64_t since_ms = 0;  // when the state began, by the wall clock; set by peer_records_t::put
    bool self = false;          // an endpoint of this very node
    bool removed = false;       // it is no peer any longer, and its topics are being dropped
    std::shared_ptr<way_t> way; // null until the peer said where it takes publications
    std::shared_ptr<peer_counters_t> counters;
};

using peer_map_t = std::map<peer_key_t, peer_record_t>;
}
