#include "spot/cluster/remote_topics.hpp"

#include <algorithm>
#include <memory>

#include "spot/cluster/tell_watchers.hpp"

namespace spot
{
void remote_topics_t::begin_list(peer_key_t peer)
{
    const write_lock_t lock(_records.mutex);
    _records.topics.begin_list(peer);
}

bool remote_topics_t::drop_unnamed(peer_key_t peer)
{
    event_hub_t::wake_t wake;
    registry::ownership_t changes;
    bool changed = false;
    const write_lock_t lock(_records.mutex);
    const std::shared_ptr<way_t> way = used_way_of(peer);
    bool done = false;
    run_finally(
        [&]() SPOT_REQUIRES(_records.mutex) {
            done = _records.topics.drop_unnamed(peer, topics_per_lock, changed,
                                                way ? &changes : if_watched(_records.watchers, changes));
        },
        [&]() SPOT_REQUIRES(_records.mutex) {
            if (changed)
                _records.routes_changed();
            for (const wire::topic_change_t &change : changes)
                if (way)
                    end_on_way(*way, peer, change.topic);
            tell_watchers(_records.watchers,
                          [&]() SPOT_REQUIRES(_records.mutex) { tell_owned(_records, peer, changes, wake); });
        });
    return done;
}

bool remote_topics_t::change(peer_key_t peer, const std::vector<wire::topic_entry_view_t> &changes,
                             std::size_t max_topics)
{
    event_hub_t::wake_t wake;
    registry::ownership_t owned;
    const write_lock_t lock(_records.mutex);
    const std::shared_ptr<way_t> way = used_way_of(peer);
    registry::ownership_t *const told = if_watched(_records.watchers, owned);
    bool changed = false;
    bool fits = true;
    const auto apply = [&]() SPOT_REQUIRES(_records.mutex) {
        for (const wire::topic_entry_view_t &change : changes) {
            if (change.added) {
                changed = _records.topics.announce(peer, change.topic, told) || changed;
            } else if (_records.topics.withdraw(peer, change.topic, told)) {
                changed = true;
                if (way)
                    end_on_way(*way, peer, change.topic);
            }
            fits = _records.topics.count_of(peer) <= max_topics;
            if (!fits)
                break;
        }
    };
    run_finally(apply, [&]() SPOT_REQUIRES(_records.mutex) {
        if (changed)
            _records.routes_changed();
        tell_watchers(_records.watchers,
                      [&]() SPOT_REQUIRES(_records.mutex) { tell_owned(_records, peer, owned, wake); });
    });
    return fits;
}

bool remote_topics_t::route(peer_key_t peer, std::string_view topic)
{
    event_hub_t::wake_t wake;
    registry::ownership_t changes;
    const write_lock_t lock(_records.mutex);
    if (_records.topics.is_local(topic))
        return false;
    _records.topics.route(peer, topic, if_watched(_records.watchers, changes));
    _records.routes_changed();
    tell_watchers(_records.watchers,
                  [&]() SPOT_REQUIRES(_records.mutex) { tell_owned(_records, peer, changes, wake); });
    return true;
}

std::vector<std::string> remote_topics_t::topics_of(peer_key_t peer) const
{
    const read_lock_t lock(_records.mutex);
    return _records.topics.topics_of(peer);
}

std::vector<registry::rival_t> remote_topics_t::take_rivals()
{
    {
        const read_lock_t lock(_records.mutex);
        if (!_records.topics.has_rivals())
            return {};
    }
    const write_lock_t lock(_records.mutex);
    return _records.topics.take_rivals();
}

// Null: nothing was published on it yet.
std::shared_ptr<way_t> remote_topics_t::used_way_of(peer_key_t peer) const
{
    const auto found = _records.peers.find(peer);
    if (found == _records.peers.end() || !found->second.way || found->second.way->topics() == 0)
        return nullptr;
    return found->second.way;
}

// The peer has announced that it no longer has the topic. It may still be routed there by hand.
void remote_topics_t::end_on_way(way_t &way, peer_key_t peer, std::string_view topic)
{
    if (!way.find(topic))
        return;
    attempt([&]() SPOT_REQUIRES(_records.mutex) { // without memory, the way goes on counting the topic
        const std::vector<peer_key_t> owners = _records.topics.owners(topic);
        if (std::find(owners.begin(), owners.end(), peer) != owners.end())
            return;
        _records.ended_ways.add_topic(way, topic);
        _records.ended_ways.keep_within_limit(_records.topics);
    });
}
}
