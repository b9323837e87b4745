// The other half of peers_t: who a peer is, and the connections that follow from it.
#include <algorithm>
#include <cerrno>
#include <iterator>
#include <new>
#include <utility>

#include "spot/base/errors.hpp"
#include "spot/base/take_out.hpp"
#include "spot/cluster/peers.hpp"
#include "spot/wire/data.hpp"

namespace spot
{
// --- identities and data connections -------------------------------------------------------------------

void peers_t::adopt_identity(peer_t &peer, const wire::hello_t &hello)
{
    peer.handshake.adopt(hello.node_id);
    peer.announced.name = hello.name;
    peer.announced.control_endpoint = hello.control_endpoint;
    _table.claim_id(peer);
    peer.data = peer.ingress = {};
    peer.data.announced = hello.data_endpoint;
    peer.ingress.announced = hello.ingress_endpoint;
    _places.locate(peer);
    peer.handshake.adopted();
}

// There was no memory for a part of the work on this peer: all is said once more, on a new connection. The
// peer keeps an identity that was adopted completely, and with it the messages that are on their way. If this
// throws, it is done again in the next turn.
void peers_t::begin_again(peer_t &peer)
{
    _log.debug("peer ", peer, " begins again: there was no memory for something that it said");
    peer.set_intake(nullptr);
    if (peer.handshake.is_half_adopted())
        drop_identity(peer, parting_t::absent);
    if (peer.node.connect_anew(_ctx, *this) != 0)
        throw std::bad_alloc(); // there is no descriptor, which is as good
    peer.handshake.began_again();
    peer.subscriptions_missed = true;
    peer.all_ends_untold = true;
    peer.begins_again = false;
}

// A plain peer has no id, so one is drawn for it: its messages are told apart like any others.
void peers_t::adopt_plain(peer_t &peer)
{
    if (peer.handshake.has_id() || peer.handshake.is_self()) {
        _ways.abandon(peer);
        drop_identity(peer, parting_t::drain);
    }
    peer.handshake.adopt_plain(wire::node_id_t::random());
    _log.debug("peer ", peer, " is a plain one: it answered QUERY, not HELLO");
    _receivers.add_source(peer.handshake.id());
    peer.way = _plain.make_way(peer);
    _reasons.show(peer);
    peer.handshake.adopted();
}

// What throws goes on when it is called again.
void peers_t::drop_identity(peer_t &peer, parting_t parting)
{
    const registry::handshake_t &shake = peer.handshake;
    _echoes.drop(peer);
    if (peer.way)
        peer.way->close();
    peer.way.reset();
    peer.ingress_endpoint.clear();
    const wire::node_id_t id = shake.id();
    if (id.empty())
        return peer.handshake.identity_ended();
    if (!shake.is_plain() && peer.holds_data) {
        _data.release(id, parting);
        peer.holds_data = false;
    }
    peer.data_endpoint.clear();
    if (shake.is_plain()) {
        if (parting == parting_t::final)
            _receivers.purge_source(id);
        _receivers.remove_source(id, false);
    }
    _table.unindex_id(id, peer);
    const bool speaks = _table.speaks_for_id(peer);
    peer.handshake.identity_ended();
    if (speaks)
        _operations.node_gone(id);
}

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
}
