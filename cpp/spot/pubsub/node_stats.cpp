// The counters of node_t. Each part counts on its own path; these calls add the counts up.
#include <utility>

#include "spot/cluster/service.hpp"
#include "spot/pubsub/node.hpp"

namespace spot
{
stats_t node_t::stats() const
{
    stats_t stats;
    _publisher->count(stats);
    _queues.count(stats);
    _state.count(stats);
    stats.oversized = _oversized->count();
    if (_service)
        _service->count(stats);
    return stats;
}

std::vector<peer_stats_t> node_t::peer_stats() const
{
    registry::owner_counts_t owners;
    _queues.break_down(owners);
    return _state.peers.stats(owners);
}

std::vector<topic_stats_t> node_t::topic_stats() const
{
    topic_sums_t sums;
    _publisher->break_down(sums);
    _state.break_down(sums);
    _queues.break_down(sums);
    _state.subscribers.count(sums);
    std::vector<topic_stats_t> list;
    list.reserve(sums.size());
    for (auto &[topic, stats] : sums) {
        stats.topic = topic;
        list.push_back(std::move(stats));
    }
    return list;
}
}
