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
      _operations(operations), _mailbox(std::move(mailbox)), _counters(counters), _publisher(publisher),
      _log(log), _lookups(_mailbox, lookups_at_once, wire::max_peers)
{
}

void peers_t::set_hello(wire::hello_t hello)
{
    _hello = std::move(hello);
    for (auto &[key, node] : _nodes)
        attend(*node, [&, to = node.get()] { to->greet(now_ms(), _hello); });
}

spot_node_t *peers_t::find(const endpoint_t &endpoint)
{
    const auto found = _by_endpoint.find(endpoint.text());
    return found == _by_endpoint.end() ? nullptr : find(found->second);
}

spot_node_t *peers_t::find(peer_key_t key)
{
    const auto found = _nodes.find(key);
    return found == _nodes.end() ? nullptr : found->second.get();
}

void peers_t::close()
{
    for (const auto &entry : _nodes) {
        spot_node_t &node = *entry.second;
        attempt([&node] { node.send(wire::encode_bye()); });
        if (node.handshake.way)
            node.handshake.way->close();
    }
    _nodes.clear();
    for (const std::function<void()> &then : std::exchange(_when_dropped, {}))
        then();
}

// --- the handshake -------------------------------------------------------------------------------------

void peers_t::on_connected(spot_node_t &node)
{
    spot_node_t::handshake_t &shake = node.handshake;
    shake.welcomed = shake.listed = shake.refused = false;
    node.topics = {};
    node.shared.clear();
    const bool again = std::exchange(shake.was_connected, true);
    if (again) {
        _reconnects.add(1);
        node.counters->reconnects.add(1);
    }
    _log.debug("peer ", node, again ? " connected again" : " connected", ": HELLO and QUERY sent");
    for (auto &[topic, relayed] : node.relayed)
        relayed.asked = false;
    // In this order: whoever answers QUERY before HELLO is a plain peer.
    node.greet(now_ms(), _hello);
    if (node.query())
        _operations.asked_anew(node.key());
}

void peers_t::on_disconnected(spot_node_t &node)
{
    node.intake.reset(); // the next connection begins with a whole list
    node.confirming.spared = 0;
    _operations.connection_lost(node.key());
    node.lookup.due = 0; // its name may lead elsewhere by now
    if (node.handshake.way && node.liveness().lively(now_ms()))
        node.handshake.way->note_end();
    if (node.handshake.state != peer_state_t::up) {
        _log.debug("peer ", node, ": connection ended");
        return;
    }
    _log.info("peer ", node, " is no longer UP: its connection ended; connecting again");
    node.handshake.state = peer_state_t::connecting;
    node.trouble.set(cause_t::ended, {});
    publish_record(node);
}

void peers_t::on_welcome(spot_node_t &node, const wire::hello_t &hello)
{
    spot_node_t::handshake_t &shake = node.handshake;
    if (node.origin.leaving || refuse(node, hello))
        return;
    shake.refused = false;
    const bool first = !std::exchange(shake.welcomed, true);
    shake.features = hello.features;
    if (first)
        node.all_ends_untold = true;
    unindex(node.origin.expected, node);
    const wire::node_id_t expected = std::exchange(node.origin.expected, {});
    if (!expected.empty() && expected != hello.node_id)
        _membership->on_misnamed(node, expected);
    if (hello.node_id == _node_id) {
        shake.self = true;
        if (first)
            _log.debug("peer ", node, " is this node itself");
        if (node.origin.learned || node.origin.seed) {
            _operations.was_self(node.key());
            return dismiss(node);
        }
        try_up(node);
        return;
    }
    const bool renewed = shake.node_id != hello.node_id;
    if (renewed && leads_nowhere_new(node, hello.node_id)) {
        _log.debug("peer ", node, " goes: node ", hello.node_id, " is connected under another name");
        return dismiss(node);
    }
    if (renewed) {
        if (!shake.node_id.empty()) {
            _log.info("peer ", node, " restarted: it was node ", shake.node_id, " and is now node ",
                      hello.node_id);
            abandon_way(node);
            drop_identity(node, parting_t::drain);
        }
        judge_anew(node);
        adopt_identity(node, hello);
        if (node.origin.was_learned)
            _membership->on_answered(node);
        node.told_receivers.clear();
        if (!first)
            want_list(node); // another node on the same connection
    } else if (first) {
        shake.data.announced = hello.data_endpoint;
        shake.ingress.announced = hello.ingress_endpoint;
        locate(node); // it may have moved
    }
    if (renewed || first)
        _log.debug("peer ", node, " welcomed this node: it is node ", hello.node_id, " named ",
                   quoted(hello.name), ", data ", quoted(hello.data_endpoint), ", ingress ",
                   quoted(hello.ingress_endpoint));
    // One that confirms nothing stays DOWN, whatever it says.
    if (renewed || first || (shake.state == peer_state_t::down && !node.confirming.given_up))
        begin_handshake(node);
}

void peers_t::begin_handshake(spot_node_t &node)
{
    spot_node_t::handshake_t &shake = node.handshake;
    if (shake.state == peer_state_t::down &&
        !node.confirming.given_up) { // it fell silent and spoke again on the same connection
        _log.info("peer ", node, " speaks again");
        shake.state = peer_state_t::connecting;
        shake.listed = false;
        node.query();
    }
    fence_all(node);
    publish_record(node);
    try_up(node);
}

void peers_t::try_up(spot_node_t &node)
{
    spot_node_t::handshake_t &shake = node.handshake;
    const bool ready =
        shake.self || (shake.listed && (shake.plain || (shake.welcomed && shake.data.known && shake.fenced)));
    if (!ready || !node.connected() || shake.state == peer_state_t::up)
        return;
    shake.state = peer_state_t::up;
    node.confirming.given_up = false;
    node.trust();
    node.trouble.clear();
    _log.info("peer ", node, " is UP");
    publish_record(node);
    // Only now: whoever counts this node as a subscriber may rely on its filters.
    tell_all_subscriptions(node);
    _operations.settled(node.key());
    if (shake.plain || shake.self)
        return;
    dismiss_second_links(node);
    _membership->on_up(node);
}

void peers_t::on_bye(spot_node_t &node)
{
    if (node.handshake.node_id.empty() || node.handshake.plain)
        return;
    node.send(wire::encode_bye()); // the leaver waits for it, so that its own is not cut off
    if (speaks_for_id(node))
        _membership->on_left(node.handshake.node_id);
    drop_topics_of(node);
    mark_down(node, cause_t::left);
    if (node.handshake.way)
        node.handshake.way->note_end();
    abandon_way(node);
    drop_identity(node, parting_t::drain);
    publish_record(node);
    if (node.origin.learned)
        dismiss(node);
}

// --- bookkeeping ---------------------------------------------------------------------------------------

// Of what this node published to the peer's topics.
void peers_t::on_lost(spot_node_t &node, const std::vector<wire::loss_entry_t> &losses)
{
    for (const wire::loss_entry_t &loss : losses) {
        _counters.overflowed.add(loss.count);
        node.counters->overflowed.add(loss.count);
        const std::shared_ptr<outlet_t> outlet =
            node.handshake.way ? node.handshake.way->find(loss.topic) : nullptr;
        if (outlet)
            outlet->overflowed.add(loss.count);
    }
}

void peers_t::on_malformed(spot_node_t &node)
{
    _counters.malformed.add(1);
    node.counters->malformed.add(1);
    if (node.handshake.state != peer_state_t::up)
        explain(node, cause_t::broken_protocol, node.endpoint().text());
}

void peers_t::tend_ways(millis_t now)
{
    for (auto &[key, node] : _nodes)
        attend(*node, [&, to = node.get()] { tend_way(*to, now); });
}

void peers_t::tend_way(spot_node_t &node, millis_t now)
{
    const spot_node_t::handshake_t &shake = node.handshake;
    if (!shake.way && !shake.ingress_endpoint.empty()) {
        const std::string ingress = shake.ingress_endpoint; // there was no descriptor for it
        open_way(node, ingress);
    }
    if (!shake.way)
        return;
    shake.way->note_life(shake.state == peer_state_t::up && node.liveness().lively(now));
    shake.way->settle(false);
    tell_ends(node);
}

void peers_t::tick(millis_t now, millis_t interval)
{
    const millis_t since = _last_tick == 0 ? 0 : now - _last_tick;
    const bool was_stopped = since >= stopped_ms;
    _last_tick = now;
    // A machine that stalls stops this thread together with those that it waits for: nobody is given up for
    // what did not come while nobody looked.
    const millis_t passed = std::min(since, 2 * interval);
    for (auto &[key, node] : _nodes) {
        attend(*node, [&, to = node.get()] {
            tick_node(*to, now, passed);
            if (was_stopped || to->subscriptions_missed)
                tell_all_subscriptions(*to);
        });
    }
    end_tokens();
    look_at_confirming(now, passed);
    mend_given_up(now, passed);
    end_retiring(passed);
}

void peers_t::tick_node(spot_node_t &node, millis_t now, millis_t passed)
{
    spot_node_t::handshake_t &shake = node.handshake;
    node.liveness().looked(now, passed);
    if (node.unshown)
        publish_record(node);
    // Behind a list that is being taken in, its confirmations may lie unread.
    const bool behind = node.intake && node.confirming.spared < spot_node_t::confirming_t::most_spared_ms;
    node.confirming.spared += behind ? passed : 0;
    for (spot_node_t::fence_t &fence : shake.fences)
        fence.waited += behind ? 0 : passed;
    tend_address(node, now);
    // A plain peer owes no answer to HELLO: it is down when its connection is.
    const millis_t greeting_due =
        std::min(greeting_heartbeats * std::min<millis_t>(_options.heartbeat_ms, longest_without_greeting_ms),
                 longest_without_greeting_ms);
    if (!shake.plain && !shake.refused &&
        (node.liveness().must_greet(now) || now - node.greeted_at() >= greeting_due))
        node.greet(now, _hello);
    if (node.topics.behind && node.connected())
        want_list(node);
    if (shake.state != peer_state_t::down && node.liveness().silent(now) &&
        !(shake.plain && node.connected()))
        mark_down_silent(node);
    inquire(node, now);
    look_at_confirming(node, now, behind ? 0 : passed);
    if (shake.welcomed && !shake.self && (shake.state != peer_state_t::down || node.confirming.given_up)) {
        tend_places(node, now);
        retry_fences(node);
    }
}
}
