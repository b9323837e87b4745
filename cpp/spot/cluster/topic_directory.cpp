#include "spot/cluster/topic_directory.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

namespace spot
{
namespace
{
// Null: the peer is being removed, and is no peer for anybody any longer.
const peer_record_t *find_peer(const peer_map_t &peers, peer_key_t key)
{
    const auto found = peers.find(key);
    return found == peers.end() || found->second.removed ? nullptr : &found->second;
}
}

std::shared_ptr<way_t> topic_directory_t::way_to(std::string_view topic) const
{
    const read_lock_t lock(_records.mutex);
    const peer_record_t *best = nullptr;
    bool any = false;
    for (const peer_key_t owner : _records.topics.owners(topic)) {
        const peer_record_t *const peer = find_peer(_records.peers, owner);
        if (!peer)
            continue;
        any = true;
        if (peer->way && peer->state != peer_state_t::down && (!best || peer->node_id < best->node_id))
            best = peer;
    }
    if (best)
        return best->way;
    errno = any ? EHOSTUNREACH : ENOENT;
    return nullptr;
}

// An owner that may be UP soon counts more than one that is DOWN.
owner_state_t topic_directory_t::owner_of(std::string_view topic) const
{
    const read_lock_t lock(_records.mutex);
    owner_state_t best;
    for (const peer_key_t owner : _records.topics.owners(topic)) {
        const peer_record_t *const peer = find_peer(_records.peers, owner);
        if (!peer)
            continue;
        const bool connecting = peer->state == peer_state_t::connecting;
        if (best.endpoint.empty() || (connecting && best.state == peer_state_t::down))
            best = {peer->endpoint, peer->state, peer->reason};
    }
    return best;
}

bool topic_directory_t::exists(std::string_view topic) const
{
    const read_lock_t lock(_records.mutex);
    if (_records.topics.is_local(topic))
        return true;
    for (const peer_key_t owner : _records.topics.owners(topic))
        if (find_peer(_records.peers, owner))
            return true;
    return false;
}

std::vector<topic_info_t> topic_directory_t::list() const
{
    const read_lock_t lock(_records.mutex);
    std::vector<topic_info_t> list;
    for (registry::topic_entry_t &entry : _records.topics.list()) {
        topic_info_t info;
        info.id = std::move(entry.topic);
        info.location = entry.local ? topic_location_t::local : topic_location_t::remote;
        info.reachable = entry.local;
        if (entry.local && !_records.endpoints.control.empty())
            info.endpoints.push_back(_records.endpoints.control);
        for (const peer_key_t owner : entry.owners) {
            const peer_record_t *const peer = find_peer(_records.peers, owner);
            if (!peer)
                continue;
            info.endpoints.push_back(peer->endpoint);
            info.reachable = info.reachable || peer->state == peer_state_t::up;
        }
        if (entry.local || !info.endpoints.empty())
            list.push_back(std::move(info));
    }
    return list;
}

std::uint64_t topic_directory_t::ended() const
{
    const read_lock_t lock(_records.mutex);
    return _records.topics.ended();
}
}
