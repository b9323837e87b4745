// Part of peers_t: peers that answer and yet do not confirm the subscriptions of this node. UP means that
// these are in effect at the peer. So a peer that does not confirm them is not UP, and no call waits for it.
#include "spot/cluster/peers.hpp"

namespace spot
{
// The peers that calls wait for.
void peers_t::look_at_confirming(millis_t now, millis_t passed)
{
    const auto speaks = [&](const wire::node_id_t &id) {
        peer_t *const peer = _table.find(id);
        return peer != nullptr && !peer->intake() && peer->node.liveness().lively(now);
    };
    _operations.looked(passed, speaks);
    const millis_t limit = registry::confirmation_t::longest_for_a_call(_options.heartbeat_ms);
    for (const wire::node_id_t &id : _operations.unconfirming(limit))
        for (auto &[key, peer] : _table)
            if (peer->handshake.id() == id && peer->handshake.is_up())
                give_up(*peer);
}

void peers_t::look_at_confirming(peer_t &peer, millis_t now, millis_t passed)
{
    using verdict_t = registry::confirmation_t::verdict_t;
    if (!peer.handshake.is_welcomed())
        return;
    const registry::confirmation_t::view_t view{peer.handshake.state(), !peer.echoes.empty(),
                                                peer.node.liveness().lively(now)};
    switch (peer.confirmation.looked(view, passed)) {
    case verdict_t::wait:
        return;
    case verdict_t::ask:
        return _echoes.begin(peer);
    case verdict_t::give_up:
        return give_up(peer);
    }
}

void peers_t::give_up(peer_t &peer)
{
    const bool was_up = peer.handshake.is_up();
    if (peer.handshake.gave_up().none())
        return;
    peer.confirmation.gave_up(was_up);
    _reasons.went_down(peer, _echoes.reaches_data(peer) ? cause_t::unconfirmed : cause_t::data_unreachable,
                       peer.data_endpoint);
    tell_down(peer);
    _operations.gave_up(peer.key());
    _echoes.begin(peer); // it is UP again when these come
}
}
