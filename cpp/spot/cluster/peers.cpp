#include "spot/cluster/peers.hpp"

#include <algorithm>
#include <cerrno>
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
// Names that peers were added by. Each look-up of one whose server does not answer keeps a thread for its
// time.
constexpr std::size_t lookups_at_once = 32;
}

peers_t::peers_t(std::shared_ptr<ctx_state_t> ctx, const options_t &options, const wire::node_id_t &node_id,
                 shared_state_t &state, receivers_t &receivers, operations_t &operations,
                 std::shared_ptr<mailbox_t> mailbox, server_counters_t &counters,
                 const publisher_t &publisher, const logger_t &log)
    : _ctx(std::move(ctx)), _options(options), _node_id(node_id), _state(state), _receivers(receivers),
      _operations(operations), _mailbox(std::move(mailbox)), _counters(counters), _log(log),
      _tokens(receivers, node_id), _data(receivers, 2 * options.heartbeat_ms),
      _echoes(receivers, _tokens, _data, log), _lookups(_mailbox, lookups_at_once, wire::max_peers),
      _reasons(state, _echoes, log), _reports(node_id, _table, receivers, operations, state),
      _plain(options, node_id, _table, receivers, state, _mailbox, counters),
      _mirror(options, state, *this, log), _ways(_ctx, options, node_id, publisher, counters, _reasons),
      _addresses(_lookups, _table, operations, _reasons, log),
      _places(_hello, _lookups, _table, _data, _ways, _reasons, *this, log),
      _identities(_table, receivers, operations, _data, _echoes, _plain, _ways, _places, _reasons, log),
      _handshakes(options.heartbeat_ms, _table, operations, _echoes, _reasons, _reports, log),
      _watch(_table, receivers, _data, _echoes, _reconnects, log), _losses(node_id, _table, receivers, state),
      _rivals(options.max_topics_per_peer, _table, state, log)
{
}

void peers_t::set_hello(wire::hello_t hello)
{
    _hello = std::move(hello);
    for (auto &[key, peer] : _table)
        attend(*peer, [&, to = peer.get()] { to->node.greet(now_ms(), _hello); });
}

void peers_t::close()
{
    for (const auto &entry : _table) {
        peer_t &peer = *entry.second;
        attempt([&peer] { peer.node.send(wire::encode_bye()); });
        if (peer.way)
            peer.way->close();
    }
    _table.clear();
    _mirror.close();
}

// --- the handshake -------------------------------------------------------------------------------------

void peers_t::on_connected(peer_t &peer)
{
    const actions_t actions = peer.handshake.connected();
    peer.topics = {};
    peer.shared.clear();
    const bool again = actions.has(action_t::count_reconnect);
    if (again) {
        _reconnects.add(1);
        peer.counters->reconnects.add(1);
    }
    _log.debug("peer ", peer, again ? " connected again" : " connected", ": HELLO and QUERY sent");
    plain_peers_t::connected(peer);
    // In this order: a peer that answers QUERY before HELLO is a plain one.
    if (actions.has(action_t::greet))
        peer.node.greet(now_ms(), _hello);
    if (actions.has(action_t::query) && peer.node.query())
        _operations.asked_anew(peer.key());
}

void peers_t::on_disconnected(peer_t &peer)
{
    peer.set_intake(nullptr); // the next connection begins with a whole list
    peer.confirmation.connection_ended();
    _operations.connection_lost(peer.key());
    peer.lookup.due = 0; // its name may lead elsewhere by now
    if (peer.way && peer.node.liveness().lively(now_ms()))
        peer.way->note_end();
    const actions_t actions = peer.handshake.disconnected();
    if (!actions.has(action_t::explain_end)) {
        _log.debug("peer ", peer, ": connection ended");
        return;
    }
    _log.info("peer ", peer, " is no longer UP: its connection ended; connecting again");
    peer.trouble.set(cause_t::ended, {});
    _reasons.show(peer);
}

void peers_t::on_welcome(peer_t &peer, const wire::hello_t &hello)
{
    if (peer.origin.leaving || refuse(peer, hello))
        return;
    const bool first = peer.handshake.is_first_welcome();
    const actions_t actions = peer.handshake.welcomed(hello.node_id);
    peer.announced.features = hello.features;
    if (first)
        peer.all_ends_untold = true;
    _table.unindex_id(peer.origin.expected, peer);
    const wire::node_id_t expected = std::exchange(peer.origin.expected, {});
    if (!expected.empty() && expected != hello.node_id)
        _membership->on_misnamed(peer, expected);
    if (hello.node_id == _node_id)
        return welcomed_by_self(peer, actions);
    const bool renewed = actions.has(action_t::adopt);
    if (renewed && _identities.leads_nowhere_new(peer, hello.node_id)) {
        _log.debug("peer ", peer, " goes: node ", hello.node_id, " is connected under another name");
        return _table.dismiss(peer);
    }
    if (renewed) {
        take_identity(peer, hello, actions);
    } else if (actions.has(action_t::relocate)) {
        peer.data.announced = hello.data_endpoint;
        peer.ingress.announced = hello.ingress_endpoint;
        _places.locate(peer);
    }
    if (renewed || first)
        _log.debug("peer ", peer, " welcomed this node: it is node ", hello.node_id, " named ",
                   quoted(hello.name), ", data ", quoted(hello.data_endpoint), ", ingress ",
                   quoted(hello.ingress_endpoint));
    if (actions.has(action_t::begin)) {
        _handshakes.begin(peer);
        advance(peer);
    }
}

// The peer's endpoint leads to this node.
void peers_t::welcomed_by_self(peer_t &peer, actions_t actions)
{
    if (actions.has(action_t::end_identity)) { // another node was there before
        _mirror.drop_all_of(peer);
        _identities.abandon(peer);
    }
    if (actions.has(action_t::adopt)) {
        peer.handshake.adopt(_node_id);
        _log.debug("peer ", peer, " is this node itself");
    }
    if (peer.origin.learned || peer.origin.seed) {
        _operations.was_self(peer.key());
        return _table.dismiss(peer);
    }
    advance(peer);
}

// Another node answers than before, or the first one.
void peers_t::take_identity(peer_t &peer, const wire::hello_t &hello, actions_t actions)
{
    if (actions.has(action_t::end_identity)) {
        _log.info("peer ", peer, " restarted: it was node ", peer.handshake.id(), " and is now node ",
                  hello.node_id);
        _identities.abandon(peer);
    }
    peer.confirmation.another_node();
    _identities.adopt(peer, hello);
    if (peer.origin.was_learned)
        _membership->on_answered(peer);
    peer.told_receivers.clear();
    if (actions.has(action_t::ask_for_list))
        _mirror.want_list(peer);
}

void peers_t::advance(peer_t &peer)
{
    if (!_handshakes.advance(peer))
        return;
    _identities.dismiss_second_links(peer);
    _membership->on_up(peer);
}

void peers_t::on_bye(peer_t &peer)
{
    const actions_t actions = peer.handshake.left();
    if (actions.none())
        return;
    peer.node.send(wire::encode_bye()); // the leaver waits for it, so that its own is not cut off
    if (_table.speaks_for_id(peer))
        _membership->on_left(peer.handshake.id());
    _mirror.drop_all_of(peer);
    _handshakes.go_down(peer, cause_t::left);
    if (peer.way)
        peer.way->note_end();
    _identities.abandon(peer);
    _reasons.show(peer);
    if (peer.origin.learned)
        _table.dismiss(peer);
}

void peers_t::on_publish(peer_t &peer, std::string_view topic, std::string_view payload)
{
    if (!_plain.take(peer, topic, payload))
        on_ignored();
}

void peers_t::subscriptions_changed(receiver_id_t receiver)
{
    _plain.update_all();
    _reports.changed(receiver);
}

// --- topics --------------------------------------------------------------------------------------------

void peers_t::process(peer_t &peer, millis_t now, slice_t &slice)
{
    if (!peer.begins_again)
        attend(peer, [&] {
            if (peer.intake()) {
                peer.node.liveness().heard(now); // what it said since then has to wait
                _mirror.go_on(peer, slice);
            }
            peer.node.process(now, *this, slice);
        });
    if (peer.begins_again)
        begin_again(peer);
}

void peers_t::on_topics(peer_t &peer, std::unique_ptr<topic_intake_t> intake, slice_t &slice)
{
    _mirror.begin(peer, std::move(intake), slice);
}

bool peers_t::wants_answer(peer_t &peer)
{
    using answer_t = registry::handshake_t::answer_t;
    switch (peer.handshake.answered(peer.origin.learned)) {
    case answer_t::ignored:
        on_ignored();
        return false;
    case answer_t::misnamed:
        _membership->on_misnamed(peer, peer.origin.expected);
        _table.dismiss(peer);
        return false;
    case answer_t::plain:
        _identities.adopt_plain(peer);
        return true;
    case answer_t::taken:
        break;
    }
    return true;
}

void peers_t::on_listed(peer_t &peer, bool answer)
{
    if (peer.handshake.listed().has(action_t::relay))
        _plain.update(peer);
    advance(peer);
    if (!answer)
        return;
    _operations.answered(peer.key(), peer.node.answers());
    if (peer.handshake.is_up())
        _operations.settled(peer.key());
}

// --- bookkeeping ---------------------------------------------------------------------------------------

void peers_t::on_data_found(peer_t &peer)
{
    _echoes.begin(peer);
    advance(peer);
}

void peers_t::on_ends(peer_t &peer, wire::ends_t ends)
{
    if (!_losses.take_ends(peer, std::move(ends)))
        on_ignored();
}

void peers_t::on_barrier(peer_t &peer, const wire::barrier_t &barrier)
{
    if (!_ways.send_barrier(peer, barrier))
        on_ignored();
}

void peers_t::on_shared(peer_t &peer, const std::vector<std::string> &topics)
{
    if (!_rivals.take_shared(peer, topics))
        on_ignored();
}

void peers_t::on_malformed(peer_t &peer)
{
    _counters.malformed.add(1);
    peer.counters->malformed.add(1);
    if (!peer.handshake.is_up())
        _reasons.explain(peer, cause_t::broken_protocol, peer.node.endpoint().text());
}

void peers_t::tend_ways(millis_t now)
{
    for (auto &[key, peer] : _table)
        attend(*peer, [&, to = peer.get()] { _ways.tend(*to, now); });
}

void peers_t::tick(millis_t now, millis_t interval)
{
    const millis_t since = _last_tick == 0 ? 0 : now - _last_tick;
    const bool was_stopped = since >= stopped_ms;
    _last_tick = now;
    // A machine that stalls stops this thread together with those that it waits for: nobody is given up for
    // what did not come while nobody looked.
    const millis_t passed = std::min(since, 2 * interval);
    for (auto &[key, peer] : _table) {
        attend(*peer, [&, to = peer.get()] {
            tick_node(*to, now, passed);
            if (was_stopped || to->subscriptions_missed)
                _reports.tell_all(*to);
        });
    }
    _tokens.sweep();
    _handshakes.look(now, passed);
    _watch.mend_given_up(now, passed);
    _data.end_retiring(passed);
}

void peers_t::tick_node(peer_t &peer, millis_t now, millis_t passed)
{
    registry::handshake_t &shake = peer.handshake;
    peer.node.liveness().looked(now, passed);
    if (peer.unshown)
        _reasons.show(peer);
    const bool excused = peer.confirmation.excuse(peer.intake() != nullptr, passed);
    const millis_t blamed = excused ? 0 : passed;
    for (peer_t::echo_t &echo : peer.echoes)
        echo.waited += blamed;
    _addresses.tend(peer, now);
    const millis_t greeting_due =
        std::min(greeting_heartbeats * std::min<millis_t>(_options.heartbeat_ms, longest_without_greeting_ms),
                 longest_without_greeting_ms);
    if (shake.takes_greetings() &&
        (peer.node.liveness().must_greet(now) || now - peer.node.greeted_at() >= greeting_due))
        peer.node.greet(now, _hello);
    if (peer.topics.behind && peer.node.connected())
        _mirror.want_list(peer);
    if (peer.node.liveness().silent(now) && shake.silent().has(action_t::tell_down)) {
        _handshakes.fall_silent(peer);
    }
    _reasons.inquire(peer, now);
    _handshakes.look_at(peer, now, blamed);
    if (shake.tends_data()) {
        _places.tend(peer, now);
        if (_echoes.retry(peer) && !peer.handshake.is_up())
            _reasons.explain(peer, cause_t::data_unreachable, peer.data_endpoint);
    }
}
}
