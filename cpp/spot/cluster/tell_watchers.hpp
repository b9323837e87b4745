// What watchers of a node are told (node_records_t::watchers), and when: each function is called under the
// mutex, directly after the change that it tells of.
//
// Thread safety: the caller holds records.mutex.
#pragma once

#include <string_view>
#include <vector>

#include "spot/base/event.hpp"
#include "spot/base/no_memory.hpp"
#include "spot/cluster/events.hpp"
#include "spot/cluster/node_records.hpp"

namespace spot
{
using subscriber_changes_t = std::vector<registry::subscriber_table_t::change_t>;

// Runs what tells of a change that is made. Watchers that cannot be told, for want of memory, are told that
// they missed something. The caller holds what `work` needs locked; the analysis does not see that from here.
template <typename Work> void tell_watchers(event_hub_t &watchers, Work work) SPOT_NO_THREAD_SAFETY_ANALYSIS
{
    if (watchers.watched() && !attempt(work))
        watchers.miss();
}

// Null while nobody watches, so that no changes are collected.
inline registry::ownership_t *if_watched(const event_hub_t &watchers, registry::ownership_t &changes)
{
    return watchers.watched() ? &changes : nullptr;
}

// Runs both, `then` also when `first` throws. The caller holds what they need locked.
template <typename First, typename Then>
void run_finally(First first, Then then) SPOT_NO_THREAD_SAFETY_ANALYSIS
{
    try {
        first();
    } catch (...) {
        then();
        throw;
    }
    then();
}

// The events that a new watcher begins with.
std::vector<event_t> current_events(const node_records_t &records) SPOT_REQUIRES_SHARED(records.mutex);

// A topic became LOCAL, or is LOCAL no longer.
void tell_local(node_records_t &records, bool added, std::string_view topic, event_hub_t::wake_t &wake)
    SPOT_REQUIRES(records.mutex);
// The topics of a peer changed.
void tell_owned(node_records_t &records, peer_key_t peer, const registry::ownership_t &changes,
                event_hub_t::wake_t &wake) SPOT_REQUIRES(records.mutex);
// A peer's state or identity changed.
void tell_peer(node_records_t &records, const peer_record_t &before, const peer_record_t &after,
               event_hub_t::wake_t &wake) SPOT_REQUIRES(records.mutex);
// A peer is known by another endpoint from now on: what was told of it under the old name ends.
void tell_renamed(node_records_t &records, peer_key_t peer, const peer_record_t &before,
                  const peer_record_t &after, event_hub_t::wake_t &wake) SPOT_REQUIRES(records.mutex);
// How many subscribe to one LOCAL topic, or to those that the changes concern.
void tell_count(node_records_t &records, std::string_view topic, event_hub_t::wake_t &wake)
    SPOT_REQUIRES(records.mutex);
void tell_counts(node_records_t &records, const subscriber_changes_t &changes, event_hub_t::wake_t &wake)
    SPOT_REQUIRES(records.mutex);
}
