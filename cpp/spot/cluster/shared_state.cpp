#include "spot/cluster/shared_state.hpp"

#include <memory>
#include <utility>
#include <vector>

namespace spot
{
void shared_state_t::set_endpoints(own_endpoints_t endpoints)
{
    const write_lock_t lock(_records.mutex);
    _records.endpoints = std::move(endpoints);
}

own_endpoints_t shared_state_t::endpoints() const
{
    const read_lock_t lock(_records.mutex);
    return _records.endpoints;
}

void shared_state_t::count(stats_t &stats) const
{
    const read_lock_t lock(_records.mutex);
    stats.topics_local = _records.topics.local_count();
    stats.topics_remote = _records.topics.remote_count();
    _records.ended_ways.count(stats);
    for (const auto &[key, peer] : _records.peers) {
        stats.peers_up += peer.state == peer_state_t::up && !peer.self ? 1 : 0;
        if (!peer.way)
            continue;
        stats.published += peer.way->messages();
        stats.bytes_published += peer.way->bytes();
    }
}

void shared_state_t::break_down(topic_sums_t &sums) const
{
    std::vector<std::shared_ptr<way_t>> ways;
    {
        const read_lock_t lock(_records.mutex);
        _records.ended_ways.break_down(sums);
        for (const auto &[key, peer] : _records.peers)
            if (peer.way)
                ways.push_back(peer.way);
    }
    // Without the lock, which publishers need to find their way: there may be many topics.
    for (const std::shared_ptr<way_t> &way : ways)
        way->break_down(sums);
}
}
