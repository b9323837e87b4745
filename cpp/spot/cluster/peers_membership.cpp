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
