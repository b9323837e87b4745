// Part of peers_t: what the monitors of the receivers tell of their data connections.
#include <algorithm>
#include <utility>

#include "spot/base/no_memory.hpp"
#include "spot/cluster/peers.hpp"

namespace spot
{
namespace
{
// libzmq says at once whether it connects again; the two events may come from two of its threads.
constexpr millis_t word_of_retry_ms = 200;
constexpr millis_t given_up_warning_ms = 10000;
}

void peers_t::data_changed(receiver_id_t id, const connection_event_t &event)
{
    if (event.change == connection_change_t::made)
        _log.debug("data connection to ", quoted(event.endpoint), " made", of_receiver(id));
    if (event.change == connection_change_t::ended)
        return data_disconnected(id, event.endpoint);
    _ended.erase(std::remove_if(_ended.begin(), _ended.end(),
                                [&](const ended_data_t &it) {
                                    return it.receiver == id && it.endpoint == event.endpoint;
                                }),
                 _ended.end());
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
    const bool meant = peer.data_endpoint == endpoint || _data.size() == 1;
    if (meant && in_effect(peer, id))
        await_echo(peer, id);
    if (!meant || !peer.handshake.has_id())
        return;
    _standing.emplace(id, peer.data_endpoint);
    for (peer_t::echo_t &echo : peer.echoes)
        if (echo.receiver == id)
            echo.waited = 0;
}

void peers_t::data_disconnected(receiver_id_t id, const std::string &endpoint)
{
    _log.debug("data connection to ", quoted(endpoint), " ended", of_receiver(id));
    const bool stood = _standing.erase({id, endpoint}) > 0;
    if (finish_retiring(id, endpoint))
        return;
    if (stood) // without memory the fence finds out, later
        attempt([&] { _ended.push_back({id, endpoint, 0}); });
    for (auto &[key, peer] : _table)
        if (peer->data_endpoint == endpoint && in_effect(*peer, id))
            attend(*peer, [&, to = peer.get()] { await_echo(*to, id); });
}

// libzmq gives a connection up for good when its peer broke a rule: it sent a message that is larger than
// both limits of the receiver.
void peers_t::mend_given_up(millis_t now, millis_t passed)
{
    for (ended_data_t &it : _ended)
        it.waited += passed;
    const auto waits = [](const ended_data_t &it) { return it.waited < word_of_retry_ms; };
    const auto kept = std::stable_partition(_ended.begin(), _ended.end(), waits);
    const std::vector<ended_data_t> given_up(kept, _ended.end());
    _ended.erase(kept, _ended.end());
    for (const ended_data_t &it : given_up) {
        receiver_t *const receiver = _receivers.find(it.receiver);
        if (!receiver || stands(it.receiver, it.endpoint) || _data_endpoints.count(it.endpoint) == 0)
            continue;
        receiver->retire(it.endpoint);
        receiver->connect(it.endpoint);
        for (auto &[key, peer] : _table)
            if (peer->data_endpoint == it.endpoint)
                attend(*peer, [&, to = peer.get()] { on_given_up(*to, it.receiver, now); });
    }
}

void peers_t::on_given_up(peer_t &peer, receiver_id_t id, millis_t now)
{
    _reconnects.add(1);
    peer.counters->reconnects.add(1);
    await_echo(peer, id);
    if (peer.given_up_warned_at != 0 && now - peer.given_up_warned_at < given_up_warning_ms)
        return;
    peer.given_up_warned_at = now;
    _log.warning("the data connection from peer ", peer, of_receiver(id),
                 " was ended by this node and is made anew: most likely a message was larger than both "
                 "max_message_bytes and recv_hwm_bytes");
}
}
