// Part of peers_t: the fences of calls, and the echoes that complete handshakes.
#include <cerrno>
#include <optional>
#include <utility>

#include "spot/base/errors.hpp"
#include "spot/cluster/peers.hpp"

namespace spot
{
// --- the call that subscribes --------------------------------------------------------------------------

std::vector<operations_t::awaited_t> peers_t::awaited()
{
    std::vector<operations_t::awaited_t> list;
    for (auto &[key, peer] : _table) {
        const auto &shake = peer->handshake;
        if (!shake.is_node() || peer->data_endpoint.empty() || shake.is_down())
            continue;
        const bool up = shake.is_up();
        if (up || peer->confirmation.patience() > 0)
            list.push_back({shake.id(), peer->spelled(), up, peer->confirmation.patience()});
    }
    return list;
}

// --- answers -------------------------------------------------------------------------------------------

void peers_t::on_fence(peer_t &peer, const wire::token_t &token)
{
    if (token.subscriber != _node_id || !peer.handshake.has_id())
        return on_ignored();
    const wire::node_id_t id = peer.handshake.id();
    _log.debug("peer ", peer, " confirmed fence ", token.counter);
    if (_table.speaks_for_id(peer))
        _operations.fenced(id, token.counter);
    for (auto &[key, other] : _table) {
        if (other->handshake.id() != id || !_identities.may_confirm(peer, *other))
            continue;
        const std::optional<receiver_id_t> receiver = _echoes.came(*other, token.counter);
        if (!receiver)
            continue;
        attend(*other, [&, to = other.get()] {
            if (to->handshake.is_up()) // otherwise it is told of all of them when it is
                _reports.tell(*to, *receiver);
            advance(*to);
        });
    }
}

// --- receivers -------------------------------------------------------------------------------------------

int peers_t::connect_receiver(receiver_id_t id)
{
    receiver_t *const receiver = _receivers.find(id);
    if (!receiver)
        return fail(ENOTSOCK);
    if (_data.connect_receiver(id) != 0)
        return -1;
    for (auto &[key, peer] : _table) {
        const auto &shake = peer->handshake;
        if (shake.is_plain())
            receiver->add_source(shake.id());
        else if (shake.is_welcomed())
            _echoes.await(*peer, id);
    }
    return 0;
}

void peers_t::forget_receiver(receiver_id_t id)
{
    _losses.report();
    _tokens.forget_receiver(id,
                            [this](std::uint64_t counter) { _operations.abandon_fence(counter, ENOTSOCK); });
    for (auto &[key, peer] : _table)
        if (_echoes.forget_receiver(*peer, id))
            attend(*peer, [&, to = peer.get()] { advance(*to); });
    _data.forget_receiver(id);
}
}
