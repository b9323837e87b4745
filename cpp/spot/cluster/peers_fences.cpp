// The fences of peers_t: a token tells when a receiver's subscriptions are in effect at a peer.
#include <algorithm>
#include <cerrno>
#include <iterator>
#include <utility>

#include "spot/cluster/peers.hpp"

namespace spot
{
namespace
{
// A data connection that stands, and over which no echo has come for this long, is made anew.
constexpr millis_t echo_retry_ms = 1000;

template <typename Echoes> auto echo_of(Echoes &echoes, receiver_id_t id)
{
    return std::find_if(echoes.begin(), echoes.end(),
                        [id](const peer_t::echo_t &echo) { return echo.receiver == id; });
}
}

// --- tokens --------------------------------------------------------------------------------------------

std::uint64_t peers_t::begin_token(receiver_id_t id)
{
    const std::uint64_t counter = _next_counter++;
    if (receiver_t *const receiver = _receivers.find(id)) {
        token_t &token = _tokens[counter];
        token = {id, true}; // unless it is subscribed to
        receiver->subscribe_token({_node_id, counter});
        token.ended = false;
    }
    return counter;
}

// Without memory for saying so it is said at the next tick.
void peers_t::end_token(std::uint64_t counter)
{
    const auto token = _tokens.find(counter);
    if (token == _tokens.end())
        return;
    receiver_t *const receiver = _receivers.find(token->second.receiver);
    token->second.ended = true;
    if (!receiver || attempt([&] { receiver->unsubscribe_token({_node_id, counter}); }))
        _tokens.erase(token);
}

void peers_t::end_tokens()
{
    for (auto token = _tokens.begin(); token != _tokens.end();) {
        const auto next = std::next(token);
        if (token->second.ended)
            end_token(token->first);
        token = next;
    }
}

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

void peers_t::forget_receiver(receiver_id_t id)
{
    report_losses();
    for (auto token = _tokens.begin(); token != _tokens.end();) {
        if (token->second.receiver != id) {
            ++token;
            continue;
        }
        _operations.abandon_fence(token->first, ENOTSOCK);
        token = _tokens.erase(token);
    }
    for (auto &[key, peer] : _table) {
        const auto echo = echo_of(peer->echoes, id);
        if (echo == peer->echoes.end())
            continue;
        peer->echoes.erase(echo);
        peer->handshake.echo_came(peer->echoes.empty());
        attend(*peer, [&, to = peer.get()] { advance(*to); });
    }
    _data.forget_receiver(id);
}

// --- the handshake -------------------------------------------------------------------------------------

bool peers_t::awaits_echo(const peer_t &peer, receiver_id_t id)
{
    return echo_of(peer.echoes, id) != peer.echoes.end();
}

bool peers_t::in_effect(const peer_t &peer, receiver_id_t id)
{
    return peer.handshake.is_welcomed() && !peer.data_endpoint.empty() && !awaits_echo(peer, id);
}

void peers_t::begin_echoes(peer_t &peer)
{
    drop_echoes(peer);
    if (peer.confirmation.is_held_off())
        return;
    peer.handshake.echoes_begun();
    _receivers.each([&](receiver_id_t id, receiver_t &) { await_echo(peer, id); });
}

void peers_t::await_echo(peer_t &peer, receiver_id_t id)
{
    if (peer.data_endpoint.empty() || peer.confirmation.is_held_off())
        return;
    const auto echo = echo_of(peer.echoes, id);
    if (echo != peer.echoes.end()) {
        end_token(echo->counter);
        peer.echoes.erase(echo);
    }
    peer.handshake.echo_awaited();
    peer.echoes.reserve(peer.echoes.size() + 1);
    peer.echoes.push_back({id, begin_token(id), 0});
    _log.debug("peer ", peer, ": subscriptions", of_receiver(id), " sent on the data connection, fence ",
               peer.echoes.back().counter);
}

void peers_t::drop_echoes(peer_t &peer)
{
    peer.handshake.echoes_dropped();
    for (const peer_t::echo_t &echo : std::exchange(peer.echoes, {}))
        end_token(echo.counter);
}

void peers_t::on_fence(peer_t &peer, const wire::token_t &token)
{
    if (token.subscriber != _node_id || !peer.handshake.has_id())
        return on_ignored();
    const wire::node_id_t id = peer.handshake.id();
    _log.debug("peer ", peer, " confirmed fence ", token.counter);
    if (_table.speaks_for_id(peer))
        _operations.fenced(id, token.counter);
    for (auto &[key, other] : _table) {
        const auto echo = std::find_if(other->echoes.begin(), other->echoes.end(),
                                       [&](const peer_t::echo_t &it) { return it.counter == token.counter; });
        if (other->handshake.id() != id || echo == other->echoes.end() || !may_confirm(peer, *other))
            continue;
        const receiver_id_t receiver = echo->receiver;
        other->echoes.erase(echo);
        other->handshake.echo_came(other->echoes.empty());
        end_token(token.counter);
        attend(*other, [&, to = other.get()] {
            if (to->handshake.is_up()) // otherwise it is told of all of them when it is
                tell_subscriptions(*to, subscriptions_of(receiver));
            advance(*to);
        });
    }
}

// For one that is known by two names, either link's answer will do; but not that of an impostor.
bool peers_t::may_confirm(const peer_t &answering, const peer_t &asked)
{
    return &answering == &asked || peer_table_t::same_place(answering, asked) ||
           _table.speaks_for_id(answering);
}

bool peers_t::reaches_data(const peer_t &peer) const
{
    return std::all_of(peer.echoes.begin(), peer.echoes.end(), [&](const peer_t::echo_t &echo) {
        return _data.stands(echo.receiver, peer.data_endpoint);
    });
}

// Making a connection over a long line may take longer than a token and its echo ever do.
bool peers_t::is_overdue(const peer_t &peer, const peer_t::echo_t &echo) const
{
    const bool standing = _data.stands(echo.receiver, peer.data_endpoint);
    return echo.waited >= peer.confirmation.retry_after(standing ? echo_retry_ms : stuck_connection_ms);
}

// A data connection that is made anew gets its filters anew.
void peers_t::retry_echoes(peer_t &peer)
{
    const std::string &endpoint = peer.data_endpoint;
    const std::vector<peer_t::echo_t> echoes = peer.echoes; // a copy: they change
    bool any = false;
    for (const peer_t::echo_t &echo : echoes) {
        if (!is_overdue(peer, echo))
            continue;
        any = true;
        _log.debug("peer ", peer, " did not confirm fence ", echo.counter, " within ", echo.waited,
                   " ms: making the data connection", of_receiver(echo.receiver), " anew");
        if (!peer.handshake.is_up() && !_data.stands(echo.receiver, endpoint))
            explain(peer, cause_t::data_unreachable, endpoint);
        _data.make_anew(echo.receiver, endpoint);
        await_echo(peer, echo.receiver);
    }
    if (any && peer.handshake.is_given_up())
        peer.confirmation.retried();
}
}
