// The part of peers_t that membership_t needs: peers by node id, second links to one node, and those that go.
#include <algorithm>
#include <utility>

#include "spot/cluster/peers.hpp"
#include "spot/wire/limits.hpp"

namespace spot
{
namespace
{
// Of PEERS, from one peer: ten times what a cluster at the limit tells.
constexpr millis_t entries_per_ms = 1;
}

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

// What the user adds matters more than what was learned: first than what is not there, then than what comes
// from whoever told of the most.
bool peers_t::make_room()
{
    std::unordered_map<std::string, std::size_t> told;
    spot_node_t *least = nullptr;
    for (auto &[key, node] : _nodes) {
        if (!node->origin.learned)
            continue;
        if (node->handshake.state != peer_state_t::up) {
            remove(*node, parting_t::absent);
            return true;
        }
        ++told[node->origin.teller];
        if (!least || told[node->origin.teller] >= told[least->origin.teller])
            least = node.get();
    }
    if (least)
        remove(*least, parting_t::absent);
    return least != nullptr;
}

void peers_t::dismiss(spot_node_t &node)
{
    if (node.origin.leaving)
        return;
    _leaving.push_back(node.key());
    node.origin.leaving = true;
}

void peers_t::sweep()
{
    // One that finds no memory goes in the next turn.
    for (; !_leaving.empty(); _leaving.pop_back())
        if (spot_node_t *node = find(_leaving.back()))
            remove(*node, parting_t::drain);
}

bool peers_t::same_place(const spot_node_t &one, const spot_node_t &other) const
{
    return one.has_address() && one.address().text() == other.address().text();
}

bool peers_t::is_established(const wire::node_id_t &id)
{
    const auto [first, last] = _by_id.equal_range(id);
    return std::any_of(first, last, [&](const auto &entry) {
        const spot_node_t *node = find(entry.second);
        return node && node->handshake.node_id == id && node->handshake.state != peer_state_t::down &&
               !node->origin.leaving;
    });
}

// Ids are no secret: whoever comes with one that another peer has is not believed while that one is there.
bool peers_t::speaks_for_id(const spot_node_t &node)
{
    const wire::node_id_t &id = node.handshake.node_id;
    const auto [first, last] = _by_id.equal_range(id);
    return std::none_of(first, last, [&](const auto &entry) {
        const spot_node_t *other = find(entry.second);
        return other && other != &node && other->handshake.node_id == id &&
               other->handshake.claim < node.handshake.claim &&
               other->handshake.state != peer_state_t::down && !other->origin.leaving &&
               !same_place(node, *other);
    });
}

// A learned peer turned out to be one that is a peer under another name, or claims to be.
bool peers_t::leads_nowhere_new(spot_node_t &node, const wire::node_id_t &id)
{
    return node.origin.learned && is_established(id);
}

// Once this one can take their place: they lead to the same place, are not there, or came later.
void peers_t::dismiss_second_links(const spot_node_t &node)
{
    const auto [first, last] = _by_id.equal_range(node.handshake.node_id);
    for (auto entry = first; entry != last; ++entry) {
        spot_node_t *other = find(entry->second);
        if (!other || other == &node || !other->origin.learned)
            continue;
        const bool there = other->handshake.node_id == node.handshake.node_id &&
                           other->handshake.state != peer_state_t::down;
        if (there && !same_place(node, *other) && other->handshake.claim < node.handshake.claim) {
            _log.warning("peer ", node, " says that it is node ", node.handshake.node_id,
                         ", which is a peer as ", *other, ": that one stays");
            continue;
        }
        _log.debug("peer ", *other, " goes: node ", node.handshake.node_id, " is UP as ", node);
        dismiss(*other);
    }
}

void peers_t::on_peers(spot_node_t &node, const std::vector<wire::peer_entry_t> &peers)
{
    // Whoever was not welcomed is nobody yet.
    if (!_options.gossip || !node.handshake.welcomed || node.handshake.self || node.origin.leaving)
        return on_ignored();
    // Looking at them takes time, which a teller could take from all others.
    const millis_t now = now_ms();
    const auto most = static_cast<millis_t>(2 * std::min(_options.max_peers, wire::max_peers));
    spot_node_t::origin_t &origin = node.origin;
    origin.may_name = std::min(most, origin.may_name + (now - origin.named_at) * entries_per_ms);
    origin.named_at = now;
    if (origin.may_name < static_cast<millis_t>(peers.size()))
        return on_ignored();
    origin.may_name -= static_cast<millis_t>(peers.size());
    _membership->on_peers(node, peers);
}
}
