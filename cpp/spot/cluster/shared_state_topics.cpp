// Part of shared_state_t: the topics of other nodes.
#include <utility>

#include "spot/cluster/shared_state.hpp"

namespace spot
{
void shared_state_t::begin_list(peer_key_t peer)
{
    const write_lock_t lock(_mutex);
    _topics.begin_list(peer);
}

bool shared_state_t::drop_unnamed(peer_key_t peer)
{
    wake_t wake;
    registry::ownership_t changes;
    bool changed = false;
    const write_lock_t lock(_mutex);
    const std::shared_ptr<way_t> way = used_way_of(peer);
    bool done = false;
    finally(
        [&]() SPOT_REQUIRES(_mutex) {
            done = _topics.drop_unnamed(peer, topics_per_lock, changed, way ? &changes : if_watched(changes));
        },
        [&]() SPOT_REQUIRES(_mutex) {
            if (changed)
                routes_changed();
            for (const wire::topic_change_t &change : changes)
                if (way)
                    end_on_way(*way, peer, change.topic);
            tell([&]() SPOT_REQUIRES(_mutex) { tell_owned(peer, changes, wake); });
        });
    return done;
}

bool shared_state_t::change_topics(peer_key_t peer, const std::vector<wire::topic_entry_view_t> &changes,
                                   std::size_t max_topics)
{
    wake_t wake;
    registry::ownership_t owned;
    const write_lock_t lock(_mutex);
    const std::shared_ptr<way_t> way = used_way_of(peer);
    bool changed = false;
    bool fits = true;
    const auto apply = [&]() SPOT_REQUIRES(_mutex) {
        for (const wire::topic_entry_view_t &change : changes) {
            if (change.added) {
                changed = _topics.announce(peer, change.topic, if_watched(owned)) || changed;
            } else if (_topics.withdraw(peer, change.topic, if_watched(owned))) {
                changed = true;
                if (way)
                    end_on_way(*way, peer, change.topic);
            }
            fits = _topics.count_of(peer) <= max_topics;
            if (!fits)
                break;
        }
    };
    finally(apply, [&]() SPOT_REQUIRES(_mutex) {
        if (changed)
            routes_changed();
        tell([&]() SPOT_REQUIRES(_mutex) { tell_owned(peer, owned, wake); });
    });
    return fits;
}

bool shared_state_t::route(peer_key_t peer, std::string_view topic)
{
    wake_t wake;
    registry::ownership_t changes;
    const write_lock_t lock(_mutex);
    if (_topics.is_local(topic))
        return false;
    _topics.route(peer, topic, if_watched(changes));
    routes_changed();
    tell([&]() SPOT_REQUIRES(_mutex) { tell_owned(peer, changes, wake); });
    return true;
}

std::uint64_t shared_state_t::topics_ended() const
{
    const read_lock_t lock(_mutex);
    return _topics.ended();
}

std::vector<std::string> shared_state_t::topics_of(peer_key_t peer) const
{
    const read_lock_t lock(_mutex);
    return _topics.topics_of(peer);
}

bool shared_state_t::owned(std::string_view topic) const
{
    for (const peer_key_t owner : _topics.owners(topic)) {
        const auto peer = _peers.find(owner);
        if (peer != _peers.end() && !peer->second.removed)
            return true;
    }
    return false;
}

bool shared_state_t::exists(std::string_view topic) const
{
    const read_lock_t lock(_mutex);
    return _topics.is_local(topic) || owned(topic);
}
}
