// The records that the service thread and the public methods both look at.
//
// One mutex guards all of them, because one change often concerns several subjects at once: a topic that
// comes is an entry of the topics, a change for other nodes, and an event for watchers, and no reader may see
// one without the others. The mutex is held for moments only: long lists are handled in parts.
//
// The classes of the subjects (local_topics_t, remote_topics_t, topic_directory_t, peer_records_t,
// known_subscribers_t, watchers_t) hold a reference to this object. Each of their public methods locks the
// mutex at most once at a time. Code that runs under the mutex takes the records as an argument and says so
// (SPOT_REQUIRES (records.mutex)).
//
// Invariants:
//   1. Peers and subscribers are written by the service thread alone. LOCAL topics are written by
//      topic_create and topic_destroy, on any thread.
//   2. Every change of a topic's owners, of a peer's state or of its way is followed by routes_changed()
//   before
//      the mutex is released.
//   3. Watchers are told of each change under the mutex, and woken after it is released (event_hub_t::wake_t
//   is
//      declared before the lock).
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <set>
#include <string>

#include "spot/base/mutex.hpp"
#include "spot/cluster/ended_ways.hpp"
#include "spot/cluster/events.hpp"
#include "spot/cluster/peer_record.hpp"
#include "spot/cluster/subscriber_records.hpp"
#include "spot/registry/change_log.hpp"
#include "spot/registry/topics.hpp"
#include "spot/wire/node_id.hpp"

namespace spot
{
struct own_endpoints_t
{
    std::string control; // connectable from this machine; empty before bind
    std::string data;
};

struct node_records_t
{
    explicit node_records_t(const wire::node_id_t &id) : node_id(id) {}

    const wire::node_id_t node_id;
    std::atomic<std::uint64_t> route_epoch{1}; // changes whenever the route of some topic may have changed
    std::atomic<bool> log_waits{false};        // a change is to be told; written under the mutex
    event_hub_t watchers;                      // synchronises itself; told of changes under the mutex

    mutable shared_mutex_t mutex;
    registry::topic_table_t topics SPOT_GUARDED_BY(mutex); // LOCAL and REMOTE
    std::set<std::string, std::less<>>
        shared_topics SPOT_GUARDED_BY(mutex);          // LOCAL ones that others may own, too
    registry::change_log_t log SPOT_GUARDED_BY(mutex); // of the LOCAL topics
    peer_map_t peers SPOT_GUARDED_BY(mutex);
    subscriber_records_t subscribers SPOT_GUARDED_BY(mutex);
    own_endpoints_t endpoints SPOT_GUARDED_BY(mutex);
    ended_ways_t ended_ways SPOT_GUARDED_BY(mutex);

    void routes_changed() { route_epoch.fetch_add(1, std::memory_order_acq_rel); }
};
}
