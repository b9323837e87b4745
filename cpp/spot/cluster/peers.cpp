#include "spot/cluster/peers.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <iterator>
#include <new>
#include <utility>

#include "spot/base/errors.hpp"
#include "spot/base/no_memory.hpp"
#include "spot/wire/limits.hpp"

namespace spot
{
namespace
{
// A peer that keeps talking hears from this node nevertheless: servers forget nodes that are silent for long.
constexpr int greeting_heartbeats = 3;
constexpr millis_t longest_without_greeting_ms = 20000;
// Without a turn for so long this process was stopped, and peers may have forgotten it.
constexpr millis_t stopped_ms = 20000;
// How long the topics of a peer that was removed are dropped at once, unless they are very many.
constexpr std::chrono::microseconds bye_slice{1000};
}

peers_t::peers_t(std::shared_ptr<ctx_state_t> ctx, const options_t &options, const wire::node_id_t &node_id,
                 shared_state_t &state, receivers_t &receivers, operations_t &operations,
                 const std::shared_ptr<mailbox_t> &mailbox, server_counters_t &counters,
                 const publisher_t &publisher, const logger_t &log)
    : _ctx(std::move(ctx)), _messages(_rooms), _rooms(_ctx, options, node_id, state, receivers, operations,
                                                      mailbox, counters, publisher, log, _messages, _messages)
{
}

void peers_t::set_hello(wire::hello_t hello)
{
    _rooms.hello = std::move(hello);
    for (auto &[key, peer] : _rooms.table)
        attend(*peer, [&, to = peer.get()] { to->node.greet(now_ms(), _rooms.hello); });
}

void peers_t::close()
{
    for (const auto &entry : _rooms.table) {
        peer_t &peer = *entry.second;
        attempt([&peer] { peer.node.send(wire::encode_bye()); });
        if (peer.way)
            peer.way->close();
    }
    _rooms.table.clear();
    _rooms.mirror.close();
}

void peers_t::subscriptions_changed(receiver_id_t receiver)
{
    _rooms.plain.update_all();
    _rooms.reports.changed(receiver);
}

void peers_t::process(peer_t &peer, millis_t now, slice_t &slice)
{
    if (!peer.begins_again)
        attend(peer, [&] {
            if (peer.intake()) {
                peer.node.liveness().heard(now); // its later messages have to wait
                _rooms.mirror.go_on(peer, slice);
            }
            peer.node.process(now, _messages, slice);
        });
    if (peer.begins_again)
        begin_again(peer);
}

void peers_t::tend_ways(millis_t now)
{
    for (auto &[key, peer] : _rooms.table)
        attend(*peer, [&, to = peer.get()] { _rooms.ways.tend(*to, now); });
}

void peers_t::tick(millis_t now, millis_t interval)
{
    const millis_t since = _last_tick == 0 ? 0 : now - _last_tick;
    const bool was_stopped = since >= stopped_ms;
    _last_tick = now;
    // A machine that stalls stops this thread together with the peers that it waits for. So no peer is given
    // up for an answer that did not come while this thread did not look.
    const millis_t passed = std::min(since, 2 * interval);
    for (auto &[key, peer] : _rooms.table) {
        attend(*peer, [&, to = peer.get()] {
            tick_node(*to, now, passed);
            if (was_stopped || to->subscriptions_missed)
                _rooms.reports.tell_all(*to);
        });
    }
    _rooms.tokens.sweep();
    _rooms.handshakes.look(now, passed);
    _rooms.watch.mend_given_up(now, passed);
    _rooms.data.end_retiring(passed);
}

void peers_t::tick_node(peer_t &peer, millis_t now, millis_t passed)
{
    registry::handshake_t &shake = peer.handshake;
    peer.node.liveness().looked(now, passed);
    if (peer.unshown)
        _rooms.reasons.show(peer);
    const bool excused = peer.confirmation.excuse(peer.intake() != nullptr, passed);
    const millis_t blamed = excused ? 0 : passed;
    for (peer_t::echo_t &echo : peer.echoes)
        echo.waited += blamed;
    _rooms.addresses.tend(peer, now);
    const millis_t greeting_due = std::min(
        greeting_heartbeats * std::min<millis_t>(_rooms.options.heartbeat_ms, longest_without_greeting_ms),
        longest_without_greeting_ms);
    if (shake.takes_greetings() &&
        (peer.node.liveness().must_greet(now) || now - peer.node.greeted_at() >= greeting_due))
        peer.node.greet(now, _rooms.hello);
    if (peer.topics.behind && peer.node.connected())
        _rooms.mirror.want_list(peer);
    if (peer.node.liveness().silent(now) && shake.silent().has(action_t::tell_down)) {
        _rooms.handshakes.fall_silent(peer);
    }
    _rooms.reasons.inquire(peer, now);
    _rooms.handshakes.look_at(peer, now, blamed);
    if (shake.tends_data()) {
        _rooms.places.tend(peer, now);
        if (_rooms.echoes.retry(peer) && !peer.handshake.is_up())
            _rooms.reasons.explain(peer, cause_t::data_unreachable, peer.data_endpoint);
    }
}

// --- peers that come and go
// ---------------------------------------------------------------------------------

peer_t *peers_t::add(const std::string &spelled, const endpoint_t &endpoint, const learned_t *learned)
{
    if (_rooms.table.find(endpoint)) {
        errno = EEXIST;
        return nullptr;
    }
    if (_rooms.table.size() >= _rooms.options.max_peers && (learned || !make_room())) {
        errno = ENOBUFS;
        return nullptr;
    }
    node_options_t options;
    options.linger_ms = _rooms.options.linger_ms;
    options.heartbeat_ms = _rooms.options.heartbeat_ms;
    options.max_topics = _rooms.options.max_topics_per_peer;
    options.max_peers = _rooms.options.max_peers;
    options.wary = learned != nullptr;
    auto peer = std::make_unique<peer_t>(_rooms.table.next_key(), spelled, endpoint, options, _rooms.node_id);
    if (peer->node.open(_ctx) != 0)
        return nullptr;
    peer_t *added = peer.get();
    if (learned) {
        added->origin.learned = added->origin.was_learned = true;
        added->origin.expected = learned->expected;
        added->origin.across = learned->across;
        added->origin.teller = learned->teller;
        added->origin.last_seen = now_ms();
    }
    _rooms.log.debug("peer ", quoted(spelled),
                     " added: ", added->node.has_address() ? "connecting" : "looking up its name");
    _rooms.table.add(std::move(peer));
    if (attempt([&] { introduce(*added, learned); }))
        return added;
    forget_introduced(*added);
    throw std::bad_alloc();
}

// A learned peer goes when the user adds one.
bool peers_t::make_room()
{
    peer_t *const least = _rooms.table.least_wanted();
    if (least)
        remove(*least, parting_t::absent);
    return least != nullptr;
}

void peers_t::introduce(peer_t &peer, const learned_t *learned)
{
    _rooms.table.index_endpoint(peer);
    if (learned)
        _rooms.table.index_id(learned->expected, peer);
    _rooms.reasons.show(peer);
    if (learned && !learned->hosts.empty())
        _rooms.addresses.resolved(peer, {learned->hosts, {}, false});
    else
        _rooms.addresses.look_up(peer, now_ms());
}

// Needs no memory.
void peers_t::forget_introduced(peer_t &peer)
{
    _rooms.table.forget(peer);
    _rooms.state.peers.remove(peer.key());
    _rooms.state.peers.drop_removed(peer.key());
    _rooms.table.erase(peer.key());
}

// If it throws, it goes on when it is called again: the peer stays in the table until all is done that needs
// memory.
void peers_t::remove(peer_t &peer, parting_t parting)
{
    const peer_key_t key = peer.key();
    _rooms.log.debug("peer ", peer, " removed");
    if (peer.origin.was_learned)
        _rooms.membership->on_gone(peer);
    if (!peer.handshake.is_up())
        _rooms.ways.abandon(peer);
    _rooms.reasons.end_inquiry(peer);
    _rooms.identities.drop(peer, parting);
    _rooms.mirror.drop_removed(peer);
    _rooms.table.forget(peer);
    _rooms.state.peers.remove(key);
    _rooms.table.erase(key);
    attempt([&] {
        _rooms.operations.peer_removed(key);
    }); // without memory, the calls that wait for it end at their deadlines
    slice_t slice(bye_slice);
    attempt([&] { _rooms.mirror.drop(slice); });
}

// There was no memory for a part of the work on this peer: all is said once more, on a new connection. The
// peer keeps an identity that was adopted completely, and with it the messages that are on their way. If this
// throws, it is done again in the next turn.
void peers_t::begin_again(peer_t &peer)
{
    _rooms.log.debug("peer ", peer, " begins again: there was no memory for something that it said");
    peer.set_intake(nullptr);
    if (peer.handshake.is_half_adopted())
        _rooms.identities.drop(peer, parting_t::absent);
    if (peer.node.connect_anew(_ctx, _messages) != 0)
        throw std::bad_alloc(); // there is no descriptor, which is as good
    peer.handshake.began_again();
    peer.subscriptions_missed = true;
    peer.all_ends_untold = true;
    peer.begins_again = false;
}

void peers_t::sweep()
{
    _rooms.table.sweep([this](peer_t &peer) { remove(peer, parting_t::drain); });
}

// --- receivers and calls
// ------------------------------------------------------------------------------------

std::vector<operations_t::awaited_t> peers_t::awaited()
{
    std::vector<operations_t::awaited_t> list;
    for (auto &[key, peer] : _rooms.table) {
        const auto &shake = peer->handshake;
        if (!shake.is_node() || peer->data_endpoint.empty() || shake.is_down())
            continue;
        const bool up = shake.is_up();
        if (up || peer->confirmation.patience() > 0)
            list.push_back({shake.id(), peer->spelled(), up, peer->confirmation.patience()});
    }
    return list;
}

// --- receivers -------------------------------------------------------------------------------------------

int peers_t::connect_receiver(receiver_id_t id)
{
    receiver_t *const receiver = _rooms.receivers.find(id);
    if (!receiver)
        return fail(ENOTSOCK);
    if (_rooms.data.connect_receiver(id) != 0)
        return -1;
    for (auto &[key, peer] : _rooms.table) {
        const auto &shake = peer->handshake;
        if (shake.is_plain())
            receiver->add_source(shake.id());
        else if (shake.is_welcomed())
            _rooms.echoes.await(*peer, id);
    }
    return 0;
}

void peers_t::forget_receiver(receiver_id_t id)
{
    _rooms.losses.report();
    _rooms.tokens.forget_receiver(
        id, [this](std::uint64_t counter) { _rooms.operations.abandon_fence(counter, ENOTSOCK); });
    for (auto &[key, peer] : _rooms.table)
        if (_rooms.echoes.forget_receiver(*peer, id))
            attend(*peer, [&, to = peer.get()] { _messages.advance(*to); });
    _rooms.data.forget_receiver(id);
}
}
