#include "spot/cluster/echoes.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "spot/cluster/receivers.hpp"

namespace spot
{
namespace
{
// A data connection that stands, and over which no echo has come for this long, is made anew.
constexpr millis_t echo_retry_ms = 1000;
}

void echoes_t::begin(peer_t &peer)
{
    drop(peer);
    if (peer.confirmation.is_held_off())
        return;
    peer.handshake.echoes_begun();
    for (const receiver_id_t receiver : _receivers.ids())
        await(peer, receiver);
}

void echoes_t::await(peer_t &peer, receiver_id_t receiver)
{
    if (peer.data_endpoint.empty() || peer.confirmation.is_held_off())
        return;
    const auto echo = peer.find_echo(receiver);
    if (echo != peer.echoes.end()) {
        _tokens.end(echo->counter);
        peer.echoes.erase(echo);
    }
    peer.handshake.echo_awaited();
    peer.echoes.reserve(peer.echoes.size() + 1);
    peer.echoes.push_back({receiver, _tokens.begin(receiver), 0});
    _log.debug("peer ", peer, ": subscriptions", of_receiver(receiver),
               " sent on the data connection, fence ", peer.echoes.back().counter);
}

void echoes_t::drop(peer_t &peer)
{
    peer.handshake.echoes_dropped();
    for (const peer_t::echo_t &echo : std::exchange(peer.echoes, {}))
        _tokens.end(echo.counter);
}

bool echoes_t::forget_receiver(peer_t &peer, receiver_id_t receiver)
{
    const auto echo = peer.find_echo(receiver);
    if (echo == peer.echoes.end())
        return false;
    peer.echoes.erase(echo);
    peer.handshake.echo_came(peer.echoes.empty());
    return true;
}

std::optional<receiver_id_t> echoes_t::came(peer_t &peer, std::uint64_t counter)
{
    const auto echo = std::find_if(peer.echoes.begin(), peer.echoes.end(),
                                   [&](const peer_t::echo_t &it) { return it.counter == counter; });
    if (echo == peer.echoes.end())
        return std::nullopt;
    const receiver_id_t receiver = echo->receiver;
    peer.echoes.erase(echo);
    peer.handshake.echo_came(peer.echoes.empty());
    _tokens.end(counter);
    return receiver;
}

bool echoes_t::in_effect(const peer_t &peer, receiver_id_t receiver)
{
    return peer.handshake.is_welcomed() && !peer.data_endpoint.empty() && !peer.owes_echo(receiver);
}

bool echoes_t::reaches_data(const peer_t &peer) const
{
    return std::all_of(peer.echoes.begin(), peer.echoes.end(), [&](const peer_t::echo_t &echo) {
        return _data.stands(echo.receiver, peer.data_endpoint);
    });
}

// Making a connection over a long line may take longer than a token and its echo ever do.
bool echoes_t::is_overdue(const peer_t &peer, const peer_t::echo_t &echo) const
{
    const bool standing = _data.stands(echo.receiver, peer.data_endpoint);
    return echo.waited >= peer.confirmation.retry_after(standing ? echo_retry_ms : stuck_connection_ms);
}

bool echoes_t::retry(peer_t &peer)
{
    const std::string &endpoint = peer.data_endpoint;
    const std::vector<peer_t::echo_t> echoes = peer.echoes; // a copy: they change
    bool any = false, unreachable = false;
    for (const peer_t::echo_t &echo : echoes) {
        if (!is_overdue(peer, echo))
            continue;
        any = true;
        unreachable = unreachable || !_data.stands(echo.receiver, endpoint);
        _log.debug("peer ", peer, " did not confirm fence ", echo.counter, " within ", echo.waited,
                   " ms: making the data connection", of_receiver(echo.receiver), " anew");
        _data.make_anew(echo.receiver, endpoint);
        await(peer, echo.receiver);
    }
    if (any && peer.handshake.is_given_up())
        peer.confirmation.retried();
    return unreachable;
}
}
