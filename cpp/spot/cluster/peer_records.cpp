#include "spot/cluster/peer_records.hpp"

#include <string>
#include <utility>

#include "spot/base/clock.hpp"
#include "spot/cluster/remote_topics.hpp"
#include "spot/cluster/tell_watchers.hpp"

namespace spot
{
void peer_records_t::put(peer_key_t key, peer_record_t record)
{
    event_hub_t::wake_t wake;
    const write_lock_t lock(_records.mutex);
    const auto [place, added] = _records.peers.try_emplace(key);
    peer_record_t &held = place->second;
    record.since_ms = added || held.state != record.state ? wall_clock_ms() : held.since_ms;
    try {
        count_while_not_down(held, record, wake);
    } catch (...) {
        if (added)
            _records.peers.erase(place);
        throw;
    }
    if (held.way != record.way)
        retire(held.way);
    std::swap(held, record);
    _records.routes_changed();
    tell_watchers(_records.watchers, [&, &now = held]() SPOT_REQUIRES(_records.mutex) {
        if (!record.endpoint.empty() && record.endpoint != now.endpoint)
            tell_renamed(_records, key, record, now, wake);
        else
            tell_peer(_records, record, now, wake);
    });
}

void peer_records_t::remove(peer_key_t key)
{
    event_hub_t::wake_t wake;
    const write_lock_t lock(_records.mutex);
    if (const auto found = _records.peers.find(key); found != _records.peers.end()) {
        peer_record_t &peer = found->second;
        const peer_record_t none;
        count_while_not_down(peer, none, wake);
        retire(std::exchange(peer.way, nullptr));
        tell_watchers(_records.watchers,
                      [&]() SPOT_REQUIRES(_records.mutex) { tell_peer(_records, peer, none, wake); });
        peer.removed = true;
        peer.state = peer_state_t::connecting; // it was told to be DOWN, if it was UP
    }
    _records.routes_changed();
}

bool peer_records_t::drop_removed(peer_key_t key)
{
    event_hub_t::wake_t wake;
    registry::ownership_t changes;
    const write_lock_t lock(_records.mutex);
    bool done = false;
    run_finally(
        [&]() SPOT_REQUIRES(_records.mutex) {
            done = _records.topics.remove_owner(key, remote_topics_t::topics_per_lock,
                                                if_watched(_records.watchers, changes));
        },
        [&]() SPOT_REQUIRES(_records.mutex) {
            tell_watchers(_records.watchers,
                          [&]() SPOT_REQUIRES(_records.mutex) { tell_owned(_records, key, changes, wake); });
        });
    if (done)
        _records.peers.erase(key);
    return done;
}

std::shared_ptr<peer_counters_t> peer_records_t::counters_of(const wire::node_id_t &node) const
{
    const read_lock_t lock(_records.mutex);
    for (const auto &[key, peer] : _records.peers)
        if (peer.node_id == node && !node.empty() && !peer.removed)
            return peer.counters;
    return nullptr;
}

std::vector<peer_info_t> peer_records_t::list() const
{
    const read_lock_t lock(_records.mutex);
    std::vector<peer_info_t> list;
    for (const auto &[key, peer] : _records.peers) {
        if (peer.removed)
            continue;
        peer_info_t info;
        info.endpoint = peer.endpoint;
        info.node_id = peer.node_id.empty() ? std::string() : peer.node_id.hex();
        info.name = peer.name;
        info.state = peer.state;
        info.topics = _records.topics.count_of(key);
        info.reason = peer.reason;
        info.since_ms = peer.since_ms;
        list.push_back(std::move(info));
    }
    return list;
}

std::vector<std::shared_ptr<way_t>> peer_records_t::ways() const
{
    const read_lock_t lock(_records.mutex);
    std::vector<std::shared_ptr<way_t>> list;
    for (const auto &[key, peer] : _records.peers)
        if (peer.way)
            list.push_back(peer.way);
    return list;
}

std::vector<peer_stats_t> peer_records_t::stats(const registry::owner_counts_t &owners) const
{
    const read_lock_t lock(_records.mutex);
    std::vector<peer_stats_t> list;
    for (const auto &[key, peer] : _records.peers) {
        if (peer.removed)
            continue;
        peer_stats_t stats;
        stats.endpoint = peer.endpoint;
        const auto owner = peer.node_id.empty() ? owners.end() : owners.find(peer.node_id.source());
        if (owner != owners.end()) {
            stats.received = owner->second.received;
            stats.bytes_received = owner->second.bytes;
            stats.lost = owner->second.lost;
        }
        stats.overflowed = peer.counters->overflowed.get();
        stats.reconnects = peer.counters->reconnects.get();
        stats.malformed = peer.counters->malformed.get();
        list.push_back(std::move(stats));
    }
    return list;
}

void peer_records_t::retire(const std::shared_ptr<way_t> &way)
{
    if (!way)
        return;
    way->close();
    _records.ended_ways.add(*way);
    attempt([&]() SPOT_REQUIRES(_records.mutex) { // without memory, its topics count less
        _records.ended_ways.add_topics(*way);
        _records.ended_ways.keep_within_limit(_records.topics);
    });
}

// The subscribers of a node that is DOWN do not count: they read nothing. The node may come back with them.
void peer_records_t::count_while_not_down(const peer_record_t &before, const peer_record_t &after,
                                          event_hub_t::wake_t &wake)
{
    const auto is_down = [](const peer_record_t &peer) {
        return peer.state == peer_state_t::down && !peer.node_id.empty();
    };
    const auto tell = [&](const subscriber_changes_t &changes) SPOT_REQUIRES(_records.mutex) {
        tell_watchers(_records.watchers,
                      [&]() SPOT_REQUIRES(_records.mutex) { tell_counts(_records, changes, wake); });
    };
    const bool same = before.node_id == after.node_id;
    if (is_down(before) && !(is_down(after) && same))
        tell(_records.subscribers.table.resume(before.node_id));
    if (is_down(after) && !(is_down(before) && same))
        tell(_records.subscribers.table.suspend(after.node_id));
}
}
