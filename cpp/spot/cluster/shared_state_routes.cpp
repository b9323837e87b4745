// The part of shared_state_t that says where topics are, and how they are reached.
#include <cerrno>
#include <utility>

#include "spot/cluster/shared_state.hpp"

namespace spot
{
std::vector<topic_info_t> shared_state_t::list_topics() const
{
    const read_lock_t lock(_mutex);
    std::vector<topic_info_t> list;
    for (registry::topic_entry_t &entry : _topics.list()) {
        topic_info_t info;
        info.id = std::move(entry.topic);
        info.location = entry.local ? topic_location_t::local : topic_location_t::remote;
        info.reachable = entry.local;
        if (entry.local && !_endpoints.control.empty())
            info.endpoints.push_back(_endpoints.control);
        for (const peer_key_t owner : entry.owners) {
            const auto peer = _peers.find(owner);
            if (peer == _peers.end() || peer->second.removed)
                continue;
            info.endpoints.push_back(peer->second.endpoint);
            info.reachable = info.reachable || peer->second.state == peer_state_t::up;
        }
        if (entry.local || !info.endpoints.empty())
            list.push_back(std::move(info));
    }
    return list;
}

std::shared_ptr<way_t> shared_state_t::way_to(std::string_view topic) const
{
    const read_lock_t lock(_mutex);
    const peer_record_t *best = nullptr;
    bool any = false;
    for (const peer_key_t owner : _topics.owners(topic)) {
        const auto found = _peers.find(owner);
        if (found == _peers.end() || found->second.removed)
            continue;
        const peer_record_t &peer = found->second;
        any = true;
        if (peer.way && peer.state != peer_state_t::down && (!best || peer.node_id < best->node_id))
            best = &peer;
    }
    if (best)
        return best->way;
    errno = any ? EHOSTUNREACH : ENOENT;
    return nullptr;
}

// One that may be UP soon counts more than one that is DOWN.
owner_state_t shared_state_t::owner_of(std::string_view topic) const
{
    const read_lock_t lock(_mutex);
    owner_state_t found;
    for (const peer_key_t owner : _topics.owners(topic)) {
        const auto peer = _peers.find(owner);
        if (peer == _peers.end() || peer->second.removed)
            continue;
        const bool connecting = peer->second.state == peer_state_t::connecting;
        if (found.endpoint.empty() || (connecting && found.state == peer_state_t::down))
            found = {peer->second.endpoint, peer->second.state, peer->second.reason};
    }
    return found;
}

bool shared_state_t::is_shared(std::string_view topic) const
{
    const read_lock_t lock(_mutex);
    return _shared.find(topic) != _shared.end();
}

std::vector<std::string> shared_state_t::shared_topics() const
{
    const read_lock_t lock(_mutex);
    return {_shared.begin(), _shared.end()};
}

std::vector<registry::rival_t> shared_state_t::take_rivals()
{
    {
        const read_lock_t lock(_mutex);
        if (!_topics.has_rivals())
            return {};
    }
    const write_lock_t lock(_mutex);
    return _topics.take_rivals();
}
}
