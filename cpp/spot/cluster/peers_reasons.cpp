// The part of peers_t that shows what is known of a peer, and says why it is not UP.
#include <algorithm>
#include <system_error>

#include "spot/cluster/peers.hpp"

namespace spot
{
namespace
{
// A connection that is only slow comes about in the meantime.
constexpr millis_t least_wait_ms = 100;
constexpr millis_t first_pause_ms = 2000;
constexpr millis_t longest_pause_ms = 60000;
constexpr std::size_t most_probes = 8;

// Where it is; and for a name, what that led to.
std::string at(const spot_node_t &node)
{
    std::string text = node.endpoint().text();
    if (node.is_named() && node.has_address())
        text += " (" + node.address().host + ")";
    return text;
}
}

void peers_t::explain(spot_node_t &node, cause_t cause, const std::string &detail)
{
    if (!node.trouble.set(cause, detail))
        return;
    publish_record(node);
    log_trouble(node);
}

// A cause that was told lately is not worth a second warning, however often it comes and goes.
void peers_t::log_trouble(spot_node_t &node)
{
    const char *const state = node.handshake.state == peer_state_t::down ? "DOWN" : "CONNECTING";
    const bool first = node.trouble.must_tell(now_ms());
    if (first && level_of(node.trouble.cause()) == log_level_t::warning)
        _log.warning("peer ", node, " is ", state, ": ", node.trouble.text());
    else
        _log.info("peer ", node, " is ", state, ": ", node.trouble.text());
}

std::string peers_t::reason_now(spot_node_t &node)
{
    if (!node.connected() && node.trouble.cause() == cause_t::none) {
        // To this very machine an answer comes at once.
        if (!node.inquiry.probe)
            begin_inquiry(node, now_ms());
        if (node.inquiry.probe && node.inquiry.probe->look(now_ms()) != probe_t::found_t::nothing_yet)
            take_finding(node);
    }
    if (node.trouble.cause() != cause_t::none)
        return node.trouble.text();
    trouble_t trouble;
    if (!node.has_address())
        trouble.set(cause_t::name_unknown, node.endpoint().host + ": not looked up yet");
    else if (!node.connected())
        trouble.set(cause_t::timed_out, at(node));
    else if (!node.handshake.welcomed)
        trouble.set(cause_t::unanswered, at(node));
    else
        trouble.set(reaches_data(node) ? cause_t::unconfirmed : cause_t::data_unreachable,
                    node.handshake.data_endpoint);
    return trouble.text();
}

void peers_t::mark_down(spot_node_t &node, cause_t cause, const std::string &detail)
{
    node.handshake.state = peer_state_t::down;
    attempt([&] {
        node.unshown = true; // until it is
        node.trouble.set(cause, detail);
        log_trouble(node);
        publish_record(node);
    });
    if (speaks_for_id(node))
        _operations.node_gone(node.handshake.node_id);
    _operations.peer_down(node.key());
}

void peers_t::mark_down_silent(spot_node_t &node)
{
    if (node.connected() && !node.liveness().ever_heard())
        mark_down(node, cause_t::unanswered, at(node));
    else
        mark_down(node, cause_t::silent);
}

// --- no connection -------------------------------------------------------------------------------------

void peers_t::inquire(spot_node_t &node, millis_t now)
{
    spot_node_t::inquiry_t &inquiry = node.inquiry;
    if (node.connected() || node.trouble.cause() == cause_t::left) {
        end_inquiry(node);
        return;
    }
    if (inquiry.due == 0) {
        inquiry.due = now + least_wait_ms;
        inquiry.pause = first_pause_ms;
    }
    if (!inquiry.probe && now >= inquiry.due)
        begin_inquiry(node, now);
    if (!inquiry.probe || inquiry.probe->look(now) == probe_t::found_t::nothing_yet)
        return;
    take_finding(node);
    inquiry.probe.reset();
    --_probes;
    inquiry.due = now + inquiry.pause;
    inquiry.pause = std::min(2 * inquiry.pause, longest_pause_ms);
}

void peers_t::begin_inquiry(spot_node_t &node, millis_t now)
{
    if (!node.has_address() || !probe_t::can(node.address()) || _probes >= most_probes)
        return;
    node.inquiry.probe = std::make_unique<probe_t>();
    ++_probes;
    node.inquiry.probe->start(node.address(), now);
}

void peers_t::end_inquiry(spot_node_t &node)
{
    _probes -= node.inquiry.probe ? 1 : 0;
    node.inquiry = {};
}

void peers_t::take_finding(spot_node_t &node)
{
    const probe_t &probe = *node.inquiry.probe;
    const std::string where = at(node);
    const std::string &kind = probe.socket_type();
    switch (probe.found()) {
    case probe_t::found_t::nothing_yet:
        return;
    case probe_t::found_t::refused:
        return explain(node, cause_t::refused, "nobody listens at " + where);
    case probe_t::found_t::no_route:
        return explain(node, cause_t::no_route,
                       where + " (" + std::generic_category().message(probe.error()) + ")");
    case probe_t::found_t::timed_out:
        return explain(node, cause_t::timed_out, where);
    case probe_t::found_t::no_socket:
    case probe_t::found_t::other_error:
        return explain(node, cause_t::no_connection,
                       where + " (" + std::generic_category().message(probe.error()) + ")");
    case probe_t::found_t::hung_up:
        return explain(node, cause_t::unanswered, where + " ends connections at once");
    case probe_t::found_t::mute:
        return explain(node, cause_t::unanswered, where);
    case probe_t::found_t::http:
        return explain(node, cause_t::not_spot, "an HTTP server listens at " + where);
    case probe_t::found_t::not_zeromq:
        return explain(node, cause_t::not_spot, "what listens at " + where + " does not speak ZeroMQ");
    case probe_t::found_t::zeromq:
        break;
    }
    if (kind == "XPUB" || kind == "PULL")
        explain(node, cause_t::wrong_port,
                where + (kind == "XPUB" ? " may be its data port" : " may be its ingress port"));
    else if (!kind.empty() && kind != "ROUTER" && kind != "REP" && kind != "DEALER")
        explain(node, cause_t::not_spot, "a ZeroMQ socket of the kind " + kind + " listens at " + where);
}

void peers_t::publish_record(spot_node_t &node)
{
    node.unshown = true;
    peer_record_t record;
    record.endpoint = node.spelled();
    record.node_id = node.handshake.node_id;
    record.name = node.handshake.name;
    record.state = node.handshake.state;
    record.reason = node.trouble.text();
    record.self = node.handshake.self;
    record.way = node.handshake.way;
    record.counters = node.counters;
    _state.put_peer(node.key(), std::move(record));
    node.unshown = false;
}
}
