#include "spot/cluster/data_watch.hpp"

#include <algorithm>
#include <utility>

namespace spot
{
namespace
{
constexpr millis_t given_up_warning_ms = 10000;
}

void data_watch_t::changed(receiver_id_t receiver, const connection_event_t &event)
{
    if (event.change == connection_change_t::made)
        _log.debug("data connection to ", quoted(event.endpoint), " made", of_receiver(receiver));
    if (event.change == connection_change_t::ended)
        return disconnected(receiver, event.endpoint);
    _data.tries_again(receiver, event.endpoint);
    if (event.change == connection_change_t::made)
        connected(receiver, event.endpoint);
}

void data_watch_t::connected(receiver_id_t receiver, const std::string &endpoint)
{
    // libzmq replays filters on the thread that next touches the socket.
    if (receiver_t *const it = _receivers.find(receiver))
        it->touch();
    for (auto &[key, peer] : _table)
        attend(*peer, [&, to = peer.get()] { connected(*to, receiver, endpoint); });
}

void data_watch_t::connected(peer_t &peer, receiver_id_t receiver, const std::string &endpoint)
{
    const bool meant = peer.data_endpoint == endpoint || _data.nodes() == 1;
    if (meant && echoes_t::in_effect(peer, receiver))
        _echoes.await(peer, receiver);
    if (!meant || !peer.handshake.has_id())
        return;
    _data.made(receiver, peer.data_endpoint);
    for (peer_t::echo_t &echo : peer.echoes)
        if (echo.receiver == receiver)
            echo.waited = 0;
}

void data_watch_t::disconnected(receiver_id_t receiver, const std::string &endpoint)
{
    _log.debug("data connection to ", quoted(endpoint), " ended", of_receiver(receiver));
    if (!_data.ended(receiver, endpoint))
        return;
    for (auto &[key, peer] : _table)
        if (peer->data_endpoint == endpoint && echoes_t::in_effect(*peer, receiver))
            attend(*peer, [&, to = peer.get()] { _echoes.await(*to, receiver); });
}

void data_watch_t::mend_given_up(millis_t now, millis_t passed)
{
    for (const data_connections_t::connection_t &it : _data.mend_given_up(passed))
        for (auto &[key, peer] : _table)
            if (peer->data_endpoint == it.endpoint)
                attend(*peer, [&, to = peer.get()] { on_given_up(*to, it.receiver, now); });
}

void data_watch_t::on_given_up(peer_t &peer, receiver_id_t receiver, millis_t now)
{
    _reconnects.add(1);
    peer.counters->reconnects.add(1);
    _echoes.await(peer, receiver);
    if (peer.given_up_warned_at != 0 && now - peer.given_up_warned_at < given_up_warning_ms)
        return;
    peer.given_up_warned_at = now;
    _log.warning("the data connection from peer ", peer, of_receiver(receiver),
                 " was ended by this node and is made anew: most likely a message was larger than both "
                 "max_message_bytes and recv_hwm_bytes");
}
}
