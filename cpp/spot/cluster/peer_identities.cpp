#include "spot/cluster/peer_identities.hpp"

namespace spot
{
void peer_identities_t::adopt(peer_t &peer, const wire::hello_t &hello)
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

void peer_identities_t::adopt_plain(peer_t &peer)
{
    if (peer.handshake.has_id() || peer.handshake.is_self())
        abandon(peer);
    peer.handshake.adopt_plain(wire::node_id_t::random());
    _log.debug("peer ", peer, " is a plain one: it answered QUERY, not HELLO");
    _receivers.add_source(peer.handshake.id());
    peer.way = _plain.make_way(peer);
    _reasons.show(peer);
    peer.handshake.adopted();
}

void peer_identities_t::drop(peer_t &peer, parting_t parting)
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

void peer_identities_t::dismiss_second_links(const peer_t &peer)
{
    const auto stays = [&](const peer_t &other) {
        _log.warning("peer ", peer, " says that it is node ", peer.handshake.id(), ", which is a peer as ",
                     other, ": that one stays");
    };
    for (peer_t *const other : _table.second_links(peer, stays)) {
        _log.debug("peer ", *other, " goes: node ", peer.handshake.id(), " is UP as ", peer);
        _table.dismiss(*other);
    }
}
}
