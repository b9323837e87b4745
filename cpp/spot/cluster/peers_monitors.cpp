// Part of peers_t: what the monitors of the receivers tell of their data connections.
#include <algorithm>
#include <utility>

#include "spot/base/no_memory.hpp"
#include "spot/cluster/peers.hpp"

namespace spot
{
namespace
{
constexpr millis_t given_up_warning_ms = 10000;
}

void peers_t::data_changed(receiver_id_t id, const connection_event_t &event)
{
    if (event.change == connection_change_t::made)
        _log.debug("data connection to ", quoted(event.endpoint), " made", of_receiver(id));
    if (event.change == connection_change_t::ended)
        return data_disconnected(id, event.endpoint);
    _data.tries_again(id, event.endpoint);
    if (event.change == connection_change_t::made)
        data_connected(id, event.endpoint);
}

void peers_t::data_connected(receiver_id_t id, const std::string &endpoint)
{
    // Filters are replayed by whoever touches the socket next.
    if (receiver_t *const receiver = _receivers.find(id))
        receiver->touch();
    for (auto &[key, peer] : _table)
        attend(*peer, [&, to = peer.get()] { data_connected(*to, id, endpoint); });
}

void peers_t::data_connected(peer_t &peer, receiver_id_t id, const std::string &endpoint)
{
    const bool meant = peer.data_endpoint == endpoint || _data.nodes() == 1;
    if (meant && echoes_t::in_effect(peer, id))
        _echoes.await(peer, id);
    if (!meant || !peer.handshake.has_id())
        return;
    _data.made(id, peer.data_endpoint);
    for (peer_t::echo_t &echo : peer.echoes)
        if (echo.receiver == id)
            echo.waited = 0;
}

void peers_t::data_disconnected(receiver_id_t id, const std::string &endpoint)
{
    _log.debug("data connection to ", quoted(endpoint), " ended", of_receiver(id));
    if (!_data.ended(id, endpoint))
        return;
    for (auto &[key, peer] : _table)
        if (peer->data_endpoint == endpoint && echoes_t::in_effect(*peer, id))
            attend(*peer, [&, to = peer.get()] { _echoes.await(*to, id); });
}

void peers_t::mend_given_up(millis_t now, millis_t passed)
{
    for (const data_connections_t::connection_t &it : _data.mend_given_up(passed))
        for (auto &[key, peer] : _table)
            if (peer->data_endpoint == it.endpoint)
                attend(*peer, [&, to = peer.get()] { on_given_up(*to, it.receiver, now); });
}

void peers_t::on_given_up(peer_t &peer, receiver_id_t id, millis_t now)
{
    _reconnects.add(1);
    peer.counters->reconnects.add(1);
    _echoes.await(peer, id);
    if (peer.given_up_warned_at != 0 && now - peer.given_up_warned_at < given_up_warning_ms)
        return;
    peer.given_up_warned_at = now;
    _log.warning("the data connection from peer ", peer, of_receiver(id),
                 " was ended by this node and is made anew: most likely a message was larger than both "
                 "max_message_bytes and recv_hwm_bytes");
}
}
