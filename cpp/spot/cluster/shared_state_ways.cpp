// The part of shared_state_t that keeps what was published to others' topics.
#include <algorithm>
#include <iterator>
#include <string>
#include <vector>

#include "spot/cluster/shared_state.hpp"

namespace spot
{
namespace
{
// Topics of others that were published to by ways that ended, or that are gone. Beyond that, what is counted
// of topics that are gone goes.
constexpr std::size_t max_retired_topics = 8192;
}

void shared_state_t::retire_way(const std::shared_ptr<way_t> &way)
{
    if (!way)
        return;
    way->close();
    _retired_messages += way->messages();
    _retired_bytes += way->bytes();
    attempt([&]() SPOT_REQUIRES(_mutex) { // or its topics count less
        way->break_down(_retired_topics);
        forget_retired_topics();
    });
}

// Null: nothing was published on it yet.
std::shared_ptr<way_t> shared_state_t::used_way_of(peer_key_t peer) const
{
    const auto found = _peers.find(peer);
    if (found == _peers.end() || !found->second.way || found->second.way->topics() == 0)
        return nullptr;
    return found->second.way;
}

// The peer has announced that it has it no longer; it may be routed there by hand still.
void shared_state_t::end_on_way(way_t &way, peer_key_t peer, std::string_view topic)
{
    if (!way.find(topic))
        return;
    attempt([&]() SPOT_REQUIRES(_mutex) { // or what is kept of it stays
        const std::vector<peer_key_t> owners = _topics.owners(topic);
        if (std::find(owners.begin(), owners.end(), peer) != owners.end())
            return;
        way.end_topic(topic, _retired_topics[std::string(topic)]);
        forget_retired_topics();
    });
}

void shared_state_t::forget_retired_topics()
{
    if (_retired_topics.size() <= max_retired_topics)
        return;
    for (auto topic = _retired_topics.begin(); topic != _retired_topics.end();)
        topic = _topics.exists(topic->first) ? std::next(topic) : _retired_topics.erase(topic);
    if (_retired_topics.size() > max_retired_topics)
        _retired_topics.clear();
}

void shared_state_t::break_down(topic_sums_t &sums) const
{
    std::vector<std::shared_ptr<way_t>> ways;
    {
        const read_lock_t lock(_mutex);
        for (const auto &[topic, retired] : _retired_topics) {
            topic_stats_t &sum = sums[topic];
            sum.published += retired.published;
            sum.bytes_published += retired.bytes_published;
            sum.overflowed += retired.overflowed;
        }
        for (const auto &[key, peer] : _peers)
            if (peer.way)
                ways.push_back(peer.way);
    }
    // Without the lock, which publishers need to find their way: there may be many topics.
    for (const std::shared_ptr<way_t> &way : ways)
        way->break_down(sums);
}
}
