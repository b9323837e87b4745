#include "spot/cluster/shared_state.hpp"

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <utility>

namespace spot
{
namespace
{
constexpr std::size_t topics_per_look = 256;
}

// All that needs memory comes first, here and below: what throws has changed nothing.
bool shared_state_t::add_local(std::string_view topic, bool shared, bool &log_began)
{
    wake_t wake;
    const write_lock_t lock(_mutex);
    log_began = false;
    if (_topics.is_local(topic))
        return false;
    prepare_change(true, topic);
    const auto shared_place = shared ? _shared.emplace(topic).first : _shared.end();
    try {
        _topics.add_local(topic);
    } catch (...) {
        if (shared)
            _shared.erase(shared_place);
        drop_prepared_change();
        throw;
    }
    routes_changed();
    log_began = log_change();
    tell([&]() SPOT_REQUIRES(_mutex) { tell_local(true, topic, wake); });
    return true;
}

bool shared_state_t::remove_local(std::string_view topic, bool &log_began)
{
    wake_t wake;
    const write_lock_t lock(_mutex);
    log_began = false;
    if (!_topics.is_local(topic))
        return false;
    prepare_change(false, topic);
    _topics.remove_local(topic);
    routes_changed();
    if (const auto found = _shared.find(topic); found != _shared.end())
        _shared.erase(found);
    log_began = log_change();
    tell([&]() SPOT_REQUIRES(_mutex) { tell_local(false, topic, wake); });
    return true;
}

void shared_state_t::prepare_change(bool added, std::string_view topic)
{
    if (_keep_log)
        _log.changes.push_back({added, std::string(topic)});
}

void shared_state_t::drop_prepared_change()
{
    if (_keep_log)
        _log.changes.pop_back();
}

bool shared_state_t::log_change()
{
    ++_log.version;
    return _keep_log && !_log_waits.exchange(true, std::memory_order_acq_rel);
}

void shared_state_t::keep_log(bool keep)
{
    const write_lock_t lock(_mutex);
    _keep_log = keep;
    if (keep)
        return;
    _log.changes.clear();
    _log_waits.store(false, std::memory_order_release);
}

std::uint64_t shared_state_t::topics_version() const
{
    const read_lock_t lock(_mutex);
    return _log.version;
}

topic_log_t shared_state_t::take_log()
{
    const write_lock_t lock(_mutex);
    topic_log_t log;
    log.version = _log.version;
    log.changes.swap(_log.changes);
    _log_waits.store(false, std::memory_order_release);
    return log;
}

bool shared_state_t::is_local(std::string_view topic) const
{
    const read_lock_t lock(_mutex);
    return _topics.is_local(topic);
}

std::vector<std::string> shared_state_t::local_topics(std::uint64_t &version) const
{
    const read_lock_t lock(_mutex);
    version = _log.version;
    return _topics.local_topics();
}

void shared_state_t::put_peer(peer_key_t key, peer_record_t record)
{
    wake_t wake;
    const write_lock_t lock(_mutex);
    const auto [place, added] = _peers.try_emplace(key);
    peer_record_t &held = place->second;
    record.since_ms = added || held.state != record.state ? wall_clock_ms() : held.since_ms;
    try {
        count_while_not_down(held, record, wake);
    } catch (...) {
        if (added)
            _peers.erase(place);
        throw;
    }
    if (held.way != record.way)
        retire_way(held.way);
    std::swap(held, record);
    routes_changed();
    tell([&, &now = held]() SPOT_REQUIRES(_mutex) {
        if (!record.endpoint.empty() && record.endpoint != now.endpoint)
            tell_renamed(key, record, now, wake);
        else
            tell_peer(record, now, wake);
    });
}

void shared_state_t::remove_peer(peer_key_t key)
{
    wake_t wake;
    const write_lock_t lock(_mutex);
    if (const auto found = _peers.find(key); found != _peers.end()) {
        peer_record_t &peer = found->second;
        const peer_record_t none;
        count_while_not_down(peer, none, wake);
        retire_way(std::exchange(peer.way, nullptr));
        tell([&]() SPOT_REQUIRES(_mutex) { tell_peer(peer, none, wake); });
        peer.removed = true;
        peer.state = peer_state_t::connecting; // whatever was told of it has been
    }
    routes_changed();
}

bool shared_state_t::drop_removed(peer_key_t key)
{
    wake_t wake;
    registry::ownership_t changes;
    const write_lock_t lock(_mutex);
    bool done = false;
    finally(
        [&]()
            SPOT_REQUIRES(_mutex) { done = _topics.remove_owner(key, topics_per_lock, if_watched(changes)); },
        [&]()
            SPOT_REQUIRES(_mutex) { tell([&]() SPOT_REQUIRES(_mutex) { tell_owned(key, changes, wake); }); });
    if (done)
        _peers.erase(key);
    return done;
}

std::shared_ptr<peer_counters_t> shared_state_t::counters_of(const wire::node_id_t &node) const
{
    const read_lock_t lock(_mutex);
    for (const auto &[key, peer] : _peers)
        if (peer.node_id == node && !node.empty() && !peer.removed)
            return peer.counters;
    return nullptr;
}

std::vector<peer_info_t> shared_state_t::peers() const
{
    const read_lock_t lock(_mutex);
    std::vector<peer_info_t> list;
    for (const auto &[key, peer] : _peers) {
        if (peer.removed)
            continue;
        peer_info_t info;
        info.endpoint = peer.endpoint;
        info.node_id = peer.node_id.empty() ? std::string() : peer.node_id.hex();
        info.name = peer.name;
        info.state = peer.state;
        info.topics = _topics.count_of(key);
        info.reason = peer.reason;
        info.since_ms = peer.since_ms;
        list.push_back(std::move(info));
    }
    return list;
}

std::vector<std::shared_ptr<way_t>> shared_state_t::ways() const
{
    const read_lock_t lock(_mutex);
    std::vector<std::shared_ptr<way_t>> list;
    for (const auto &[key, peer] : _peers)
        if (peer.way)
            list.push_back(peer.way);
    return list;
}

void shared_state_t::set_endpoints(own_endpoints_t endpoints)
{
    const write_lock_t lock(_mutex);
    _endpoints = std::move(endpoints);
}

own_endpoints_t shared_state_t::endpoints() const
{
    const read_lock_t lock(_mutex);
    return _endpoints;
}

void shared_state_t::count(stats_t &stats) const
{
    const read_lock_t lock(_mutex);
    stats.topics_local = _topics.local_count();
    stats.topics_remote = _topics.remote_count();
    stats.published += _retired_messages;
    stats.bytes_published += _retired_bytes;
    for (const auto &[key, peer] : _peers) {
        stats.peers_up += peer.state == peer_state_t::up && !peer.self ? 1 : 0;
        if (!peer.way)
            continue;
        stats.published += peer.way->messages();
        stats.bytes_published += peer.way->bytes();
    }
}

std::vector<peer_stats_t> shared_state_t::peer_stats(const registry::owner_counts_t &owners) const
{
    const read_lock_t lock(_mutex);
    std::vector<peer_stats_t> list;
    for (const auto &[key, peer] : _peers) {
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

void shared_state_t::count_subscribers(topic_sums_t &sums) const
{
    // Patterns are compared without the mutex: with many of them each topic takes long.
    for (auto topic = sums.begin(); topic != sums.end();) {
        std::shared_ptr<const registry::subscriber_table_t::lists_t> lists;
        auto from = topic;
        {
            const read_lock_t lock(_mutex);
            lists = _subscribers.with_patterns();
            for (std::size_t seen = 0; topic != sums.end() && seen < topics_per_look; ++topic, ++seen) {
                topic->second.local = _topics.is_local(topic->first);
                topic->second.subscribers = topic->second.local ? named_subscribers(topic->first) : 0;
            }
        }
        for (; from != topic; ++from)
            if (from->second.local)
                from->second.subscribers += registry::subscriber_table_t::count(*lists, from->first);
    }
}
}
