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
    locate(peer);
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
        abandon_way(peer);
        drop_identity(peer, parting_t::drain);
    }
    peer.handshake.adopt_plain(wire::node_id_t::random());
    _log.debug("peer ", peer, " is a plain one: it answered QUERY, not HELLO");
    _receivers.add_source(peer.handshake.id());
    auto deliver = [this, key = peer.key()](const std::string &topic, const std::string &payload) {
        peer_t *peer = _table.find(key);
        return peer && peer->node.send(wire::encode_publish(topic, payload));
    };
    auto lost = [this, counters = peer.counters](std::uint64_t count) {
        _counters.overflowed.add(count);
        counters->overflowed.add(count);
    };
    auto sink = std::make_shared<plain_sink_t>(_mailbox, std::move(deliver), std::move(lost),
                                               static_cast<std::uint64_t>(_options.send_hwm),
                                               _options.overflow == overflow_t::drop);
    peer.way = std::make_shared<plain_way_t>(std::move(sink), _node_id.source());
    _reasons.show(peer);
    peer.handshake.adopted();
}

// Of an owner that is gone for good: what it has not got, nobody will.
void peers_t::abandon_way(peer_t &peer)
{
    const std::shared_ptr<way_t> way = peer.way;
    if (!way)
        return;
    const std::uint64_t lost = way->abandon(); // or throws, and has done nothing
    peer.way.reset();
    _counters.overflowed.add(lost);
    peer.counters->overflowed.add(lost);
    _reasons.show(peer);
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

// --- plain peers ---------------------------------------------------------------------------------------

void peers_t::on_publish(peer_t &peer, std::string_view topic, std::string_view payload)
{
    const auto relayed = peer.relayed.find(std::string(topic));
    if (!peer.handshake.is_plain() || relayed == peer.relayed.end())
        return on_ignored();
    const wire::source_t source = peer.handshake.id().source();
    raw_message_t frame(wire::data_header_bytes(topic.size()) + payload.size());
    const std::string prefix = wire::data_prefix(topic, 0, source);
    std::copy(prefix.begin(), prefix.end(), frame.data());
    wire::stamp(frame.data(), topic.size(), 0, source, ++relayed->second.count);
    std::copy(payload.begin(), payload.end(), frame.data() + wire::data_header_bytes(topic.size()));
    _receivers.inject(topic, std::move(frame));
}
}
