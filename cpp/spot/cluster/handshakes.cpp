#include "spot/cluster/handshakes.hpp"

namespace spot
{
void handshakes_t::begin(peer_t &peer)
{
    const actions_t actions = peer.handshake.begin();
    if (actions.has(action_t::query)) {
        _log.info("peer ", peer, " speaks again");
        peer.node.query();
    }
    _echoes.begin(peer);
    _reasons.show(peer);
}

bool handshakes_t::advance(peer_t &peer)
{
    const actions_t actions = peer.handshake.advance();
    if (actions.none())
        return false;
    peer.node.trust();
    peer.trouble.clear();
    _log.info("peer ", peer, " is UP");
    _reasons.show(peer);
    // Only now: a peer that counts this node as a subscriber may rely on its filters.
    _reports.tell_all(peer);
    _operations.settled(peer.key());
    return actions.has(action_t::meet);
}

void handshakes_t::go_down(peer_t &peer, cause_t cause, const std::string &detail)
{
    _reasons.went_down(peer, cause, detail);
    release_calls(peer);
}

void handshakes_t::fall_silent(peer_t &peer)
{
    _reasons.fell_silent(peer);
    release_calls(peer);
}

void handshakes_t::release_calls(const peer_t &peer)
{
    if (_table.speaks_for_id(peer))
        _operations.node_gone(peer.handshake.id());
    _operations.peer_down(peer.key());
}

// --- peers that do not confirm ---------------------------------------------------------------------------

void handshakes_t::look(millis_t now, millis_t passed)
{
    const auto speaks = [&](const wire::node_id_t &id) {
        peer_t *const peer = _table.find(id);
        return peer != nullptr && !peer->intake() && peer->node.liveness().lively(now);
    };
    _operations.looked(passed, speaks);
    const millis_t limit = registry::confirmation_t::longest_for_a_call(_heartbeat_ms);
    for (const wire::node_id_t &id : _operations.unconfirming(limit))
        for (auto &[key, peer] : _table)
            if (peer->handshake.id() == id && peer->handshake.is_up())
                give_up(*peer);
}

void handshakes_t::look_at(peer_t &peer, millis_t now, millis_t passed)
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

void handshakes_t::give_up(peer_t &peer)
{
    const bool was_up = peer.handshake.is_up();
    if (peer.handshake.gave_up().none())
        return;
    peer.confirmation.gave_up(was_up);
    go_down(peer, _echoes.reaches_data(peer) ? cause_t::unconfirmed : cause_t::data_unreachable,
            peer.data_endpoint);
    _operations.gave_up(peer.key());
    _echoes.begin(peer); // it is UP again when these come
}
}
