#include "spot/cluster/peer_reasons.hpp"

#include <algorithm>
#include <system_error>

#include "spot/base/no_memory.hpp"

namespace spot
{
namespace
{
// A connection that is only slow comes about in the meantime.
constexpr millis_t least_wait_ms = 100;
constexpr millis_t first_inquiry_pause_ms = 2000;
constexpr millis_t longest_inquiry_pause_ms = 60000;

// Where it is; for a name, the address that the name led to as well.
std::string at(const peer_t &peer)
{
    std::string text = peer.node.endpoint().text();
    if (peer.node.is_named() && peer.node.has_address())
        text += " (" + peer.node.address().host + ")";
    return text;
}
}

void peer_reasons_t::explain(peer_t &peer, cause_t cause, const std::string &detail)
{
    if (!peer.trouble.set(cause, detail))
        return;
    show(peer);
    log_trouble(peer);
}

// A cause that was told lately is not worth a second warning, however often it comes and goes.
void peer_reasons_t::log_trouble(peer_t &peer)
{
    const char *const state = peer.handshake.is_down() ? "DOWN" : "CONNECTING";
    const bool first = peer.trouble.must_tell(now_ms());
    if (first && level_of(peer.trouble.cause()) == log_level_t::warning)
        _log.warning("peer ", peer, " is ", state, ": ", peer.trouble.text());
    else
        _log.info("peer ", peer, " is ", state, ": ", peer.trouble.text());
}

std::string peer_reasons_t::reason_now(peer_t &peer)
{
    if (!peer.node.connected() && peer.trouble.cause() == cause_t::none) {
        // To this very machine an answer comes at once.
        if (!peer.inquiry.probe)
            begin_probe(peer, now_ms());
        if (peer.inquiry.probe && peer.inquiry.probe->look(now_ms()) != probe_t::found_t::nothing_yet)
            take_finding(peer);
    }
    if (peer.trouble.cause() != cause_t::none)
        return peer.trouble.text();
    trouble_t trouble;
    if (!peer.node.has_address())
        trouble.set(cause_t::name_unknown, peer.node.endpoint().host + ": not looked up yet");
    else if (!peer.node.connected())
        trouble.set(cause_t::timed_out, at(peer));
    else if (!peer.handshake.is_welcomed())
        trouble.set(cause_t::unanswered, at(peer));
    else
        trouble.set(_echoes.reaches_data(peer) ? cause_t::unconfirmed : cause_t::data_unreachable,
                    peer.data_endpoint);
    return trouble.text();
}

void peer_reasons_t::went_down(peer_t &peer, cause_t cause, const std::string &detail)
{
    attempt([&] {
        peer.unshown = true; // until it is
        peer.trouble.set(cause, detail);
        log_trouble(peer);
        show(peer);
    });
}

void peer_reasons_t::fell_silent(peer_t &peer)
{
    const bool never_heard = peer.node.connected() && !peer.node.liveness().ever_heard();
    std::string detail; // none, if there is no memory for it
    if (never_heard)
        attempt([&] { detail = at(peer); });
    went_down(peer, never_heard ? cause_t::unanswered : cause_t::silent, detail);
}

// --- no connection -------------------------------------------------------------------------------------

void peer_reasons_t::inquire(peer_t &peer, millis_t now)
{
    peer_t::inquiry_t &inquiry = peer.inquiry;
    if (peer.node.connected() || peer.trouble.cause() == cause_t::left) {
        end_inquiry(peer);
        return;
    }
    if (inquiry.due == 0) {
        inquiry.due = now + least_wait_ms;
        inquiry.pause = first_inquiry_pause_ms;
    }
    if (!inquiry.probe && now >= inquiry.due)
        begin_probe(peer, now);
    if (!inquiry.probe || inquiry.probe->look(now) == probe_t::found_t::nothing_yet)
        return;
    take_finding(peer);
    inquiry.probe.reset();
    --_probes;
    inquiry.due = now + inquiry.pause;
    inquiry.pause = std::min(2 * inquiry.pause, longest_inquiry_pause_ms);
}

void peer_reasons_t::begin_probe(peer_t &peer, millis_t now)
{
    if (!peer.node.has_address() || !probe_t::can(peer.node.address()) || _probes >= most_probes)
        return;
    peer.inquiry.probe = std::make_unique<probe_t>();
    ++_probes;
    peer.inquiry.probe->start(peer.node.address(), now);
}

void peer_reasons_t::end_inquiry(peer_t &peer)
{
    _probes -= peer.inquiry.probe ? 1 : 0;
    peer.inquiry = {};
}

void peer_reasons_t::take_finding(peer_t &peer)
{
    const probe_t &probe = *peer.inquiry.probe;
    const std::string where = at(peer);
    const std::string &kind = probe.socket_type();
    switch (probe.found()) {
    case probe_t::found_t::nothing_yet:
        return;
    case probe_t::found_t::refused:
        return explain(peer, cause_t::refused, "nobody listens at " + where);
    case probe_t::found_t::no_route:
        return explain(peer, cause_t::no_route,
                       where + " (" + std::generic_category().message(probe.error()) + ")");
    case probe_t::found_t::timed_out:
        return explain(peer, cause_t::timed_out, where);
    case probe_t::found_t::no_socket:
    case probe_t::found_t::other_error:
        return explain(peer, cause_t::no_connection,
                       where + " (" + std::generic_category().message(probe.error()) + ")");
    case probe_t::found_t::hung_up:
        return explain(peer, cause_t::unanswered, where + " ends connections at once");
    case probe_t::found_t::mute:
        return explain(peer, cause_t::unanswered, where);
    case probe_t::found_t::http:
        return explain(peer, cause_t::not_spot, "an HTTP server listens at " + where);
    case probe_t::found_t::not_zeromq:
        return explain(peer, cause_t::not_spot, "what listens at " + where + " does not speak ZeroMQ");
    case probe_t::found_t::zeromq:
        break;
    }
    if (kind == "XPUB" || kind == "PULL")
        explain(peer, cause_t::wrong_port,
                where + (kind == "XPUB" ? " may be its data port" : " may be its ingress port"));
    else if (!kind.empty() && kind != "ROUTER" && kind != "REP" && kind != "DEALER")
        explain(peer, cause_t::not_spot, "a ZeroMQ socket of the kind " + kind + " listens at " + where);
}

void peer_reasons_t::show(peer_t &peer)
{
    peer.unshown = true;
    peer_record_t record;
    record.endpoint = peer.spelled();
    record.node_id = peer.handshake.id();
    record.name = peer.announced.name;
    record.state = peer.handshake.state();
    record.reason = peer.trouble.text();
    record.self = peer.handshake.is_self();
    record.way = peer.way;
    record.counters = peer.counters;
    _state.peers.put(peer.key(), std::move(record));
    peer.unshown = false;
}
}
