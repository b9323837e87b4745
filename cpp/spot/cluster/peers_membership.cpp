// The part of peers_t that membership_t needs: peers by node id, second links to one node, and those that go.
#include <algorithm>
#include <utility>

#include "spot/cluster/peers.hpp"

namespace spot
{
spot_node_t *peers_t::find(const wire::node_id_t &id)
{
    const auto found = _by_id.find(id);
    return found == _by_id.end() ? nullptr : find(found->second);
}

void peers_t::index(const wire::node_id_t &id, const spot_node_t &node)
{
    _by_id.emplace(id, node.key());
}

void peers_t::unindex(const wire::node_id_t &id, const spot_node_t &node)
{
    const auto [first, last] = _by_id.equal_range(id);
    const auto found =
        std::find_if(first, last, [&](const auto &entry) { return entry.second == node.key(); });
    if (found != last)
        _by_id.erase(found);
}

// What the user adds matters more than what was learned and is not there.
bool peers_t::make_room()
{
    for (auto &[key, node] : _nodes) {
        if (node->origin.learned && node->handshake.state != peer_state_t::up) {
            remove(*node, parting_t::absent);
            return true;
        }
    }
    return false;
}

void peers_t::dismiss(spot_node_t &node)
{
    if (!std::exchange(node.origin.leaving, true))
        _leaving.push_back(node.key());
}

void peers_t::sweep()
{
    for (const peer_key_t key : std::exchange(_leaving, {}))
        if (spot_node_t *node = find(key))
            remove(*node, parting_t::drain);
}

// A learned peer turned out to be one that is connected under another name.
bool peers_t::leads_nowhere_new(spot_node_t &node, const wire::node_id_t &id)
{
    if (!node.origin.learned)
        return false;
    const auto [first, last] = _by_id.equal_range(id);
    return std::any_of(first, last, [&](const auto &entry) {
        const spot_node_t *other = find(entry.second);
        return other && other != &node && other->connected() && other->handshake.welcomed &&
               !other->origin.leaving;
    });
}

// Once this one can take their place.
void peers_t::dismiss_second_links(const spot_node_t &node)
{
    const auto [first, last] = _by_id.equal_range(node.handshake.node_id);
    for (auto entry = first; entry != last; ++entry) {
        spot_node_t *other = find(entry->second);
        if (!other || other == &node || !other->origin.learned)
            continue;
        _log.debug("peer ", *other, " goes: node ", node.handshake.node_id, " is UP as ", node);
        dismiss(*other);
    }
}

void peers_t::on_peers(spot_node_t &node, const std::vector<wire::peer_entry_t> &peers)
{
    // Whoever was not welcomed is nobody yet.
    if (!_options.gossip || !node.handshake.welcomed || node.handshake.self || node.origin.leaving)
        return on_ignored();
    _membership->on_peers(node, peers);
}
}
