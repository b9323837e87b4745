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

peer_t *peers_t::find(const wire::node_id_t &id)
{
    const auto found = _by_id.find(id);
    return found == _by_id.end() ? nullptr : find(found->second);
}

void peers_t::index(const wire::node_id_t &id, const peer_t &peer)
{
    _by_id.emplace(id, peer.key());
}

void peers_t::unindex(const wire::node_id_t &id, const peer_t &peer)
{
    const auto [first, last] = _by_id.equal_range(id);
    const auto found =
        std::find_if(first, last, [&](const auto &entry) { return entry.second == peer.key(); });
    if (found != last)
        _by_id.erase(found);
}

// What the user adds matters more than what was learned: first than what is not there, then than what comes
// from whoever told of the most.
bool peers_t::make_room()
{
    std::unordered_map<std::string, std::size_t> told;
    peer_t *least = nullptr;
    for (auto &[key, peer] : _peers) {
        if (!peer->origin.learned)
            continue;
        if (!peer->handshake.is_up()) {
            remove(*peer, parting_t::absent);
            return true;
        }
        ++told[peer->origin.teller];
        if (!least || told[peer->origin.teller] >= told[least->origin.teller])
            least = peer.get();
    }
    if (least)
        remove(*least, parting_t::absent);
    return least != nullptr;
}

void peers_t::dismiss(peer_t &peer)
{
    if (peer.origin.leaving)
        return;
    _leaving.push_back(peer.key());
    peer.origin.leaving = true;
}

void peers_t::sweep()
{
    // One that finds no memory goes in the next turn.
    for (; !_leaving.empty(); _leaving.pop_back())
        if (peer_t *peer = find(_leaving.back()))
            remove(*peer, parting_t::drain);
}

bool peers_t::same_place(const peer_t &one, const peer_t &other) const
{
    return one.node.has_address() && one.node.address().text() == other.node.address().text();
}

bool peers_t::is_established(const wire::node_id_t &id)
{
    const auto [first, last] = _by_id.equal_range(id);
    return std::any_of(first, last, [&](const auto &entry) {
        const peer_t *peer = find(entry.second);
        return peer && peer->handshake.id() == id && !peer->handshake.is_down() && !peer->origin.leaving;
    });
}

// Ids are no secret: whoever comes with one that another peer has is not believed while that one is there.
bool peers_t::speaks_for_id(const peer_t &peer)
{
    const wire::node_id_t &id = peer.handshake.id();
    const auto [first, last] = _by_id.equal_range(id);
    return std::none_of(first, last, [&](const auto &entry) {
        const peer_t *other = find(entry.second);
        return other && other != &peer && other->handshake.id() == id && other->claim < peer.claim &&
               !other->handshake.is_down() && !other->origin.leaving && !same_place(peer, *other);
    });
}

// A learned peer turned out to be one that is a peer under another name, or claims to be.
bool peers_t::leads_nowhere_new(peer_t &peer, const wire::node_id_t &id)
{
    return peer.origin.learned && is_established(id);
}

// Once this one can take their place: they lead to the same place, are not there, or came later.
void peers_t::dismiss_second_links(const peer_t &peer)
{
    const auto [first, last] = _by_id.equal_range(peer.handshake.id());
    for (auto entry = first; entry != last; ++entry) {
        peer_t *other = find(entry->second);
        if (!other || other == &peer || !other->origin.learned)
            continue;
        const bool there = other->handshake.id() == peer.handshake.id() && !other->handshake.is_down();
        if (there && !same_place(peer, *other) && other->claim < peer.claim) {
            _log.warning("peer ", peer, " says that it is node ", peer.handshake.id(),
                         ", which is a peer as ", *other, ": that one stays");
            continue;
        }
        _log.debug("peer ", *other, " goes: node ", peer.handshake.id(), " is UP as ", peer);
        dismiss(*other);
    }
}

void peers_t::on_peers(peer_t &peer, const std::vector<wire::peer_entry_t> &peers)
{
    // Whoever was not welcomed is nobody yet.
    if (!_options.gossip || !peer.handshake.is_welcomed() || peer.origin.leaving)
        return on_ignored();
    // Looking at them takes time, which a teller could take from all others.
    const millis_t now = now_ms();
    const auto most = static_cast<millis_t>(2 * std::min(_options.max_peers, wire::max_peers));
    peer_t::origin_t &origin = peer.origin;
    origin.may_name = std::min(most, origin.may_name + (now - origin.named_at) * entries_per_ms);
    origin.named_at = now;
    if (origin.may_name < static_cast<millis_t>(peers.size()))
        return on_ignored();
    origin.may_name -= static_cast<millis_t>(peers.size());
    _membership->on_peers(peer, peers);
}
}
