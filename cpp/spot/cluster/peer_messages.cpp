#include "spot/cluster/peer_messages.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "spot/wire/limits.hpp"

namespace spot
{
namespace
{
// Entries of PEERS that one peer may send: ten times as many as a cluster at the limit has to tell.
constexpr millis_t entries_per_ms = 1;
}

// --- the connection ------------------------------------------------------------------------------------

void peer_messages_t::on_connected(peer_t &peer)
{
    const actions_t actions = peer.handshake.connected();
    peer.topics = {};
    peer.shared.clear();
    const bool again = actions.has(action_t::count_reconnect);
    if (again) {
        _rooms.reconnects.add(1);
        peer.counters->reconnects.add(1);
    }
    _rooms.log.debug("peer ", peer, again ? " connected again" : " connected", ": HELLO and QUERY sent");
    plain_peers_t::connected(peer);
    // In this order: a peer that answers QUERY before HELLO is a plain one.
    if (actions.has(action_t::greet))
        peer.node.greet(now_ms(), _rooms.hello);
    if (actions.has(action_t::query) && peer.node.query())
        _rooms.operations.asked_anew(peer.key());
}

void peer_messages_t::on_disconnected(peer_t &peer)
{
    peer.set_intake(nullptr); // the next connection begins with a whole list
    peer.confirmation.connection_ended();
    _rooms.operations.connection_lost(peer.key());
    peer.lookup.due = 0; // its name may lead elsewhere by now
    if (peer.way && peer.node.liveness().lively(now_ms()))
        peer.way->note_end();
    const actions_t actions = peer.handshake.disconnected();
    if (!actions.has(action_t::explain_end)) {
        _rooms.log.debug("peer ", peer, ": connection ended");
        return;
    }
    _rooms.log.info("peer ", peer, " is no longer UP: its connection ended; connecting again");
    peer.trouble.set(cause_t::ended, {});
    _rooms.reasons.show(peer);
}

// --- the handshake -------------------------------------------------------------------------------------

void peer_messages_t::on_welcome(peer_t &peer, const wire::hello_t &hello)
{
    if (peer.origin.leaving || refuse(peer, hello))
        return;
    if (peer.handshake.has_left(hello.node_id))
        return on_ignored();
    const bool first = peer.handshake.is_first_welcome();
    const actions_t actions = peer.handshake.welcomed(hello.node_id);
    peer.announced.features = hello.features;
    if (first)
        peer.all_ends_untold = true;
    _rooms.table.unindex_id(peer.origin.expected, peer);
    const wire::node_id_t expected = std::exchange(peer.origin.expected, {});
    if (!expected.empty() && expected != hello.node_id)
        _rooms.membership->on_misnamed(peer, expected);
    if (hello.node_id == _rooms.node_id)
        return welcomed_by_self(peer, actions);
    const bool renewed = actions.has(action_t::adopt);
    if (renewed && _rooms.identities.leads_nowhere_new(peer, hello.node_id)) {
        _rooms.log.debug("peer ", peer, " goes: node ", hello.node_id, " is connected under another name");
        return _rooms.table.dismiss(peer);
    }
    if (renewed) {
        take_identity(peer, hello, actions);
    } else if (actions.has(action_t::relocate)) {
        peer.data.announced = hello.data_endpoint;
        peer.ingress.announced = hello.ingress_endpoint;
        _rooms.places.locate(peer);
    }
    if (renewed || first)
        _rooms.log.debug("peer ", peer, " welcomed this node: it is node ", hello.node_id, " named ",
                         quoted(hello.name), ", data ", quoted(hello.data_endpoint), ", ingress ",
                         quoted(hello.ingress_endpoint));
    if (actions.has(action_t::begin)) {
        _rooms.handshakes.begin(peer);
        advance(peer);
    }
}

// The peer's endpoint leads to this node.
void peer_messages_t::welcomed_by_self(peer_t &peer, actions_t actions)
{
    if (actions.has(action_t::end_identity)) { // another node was there before
        _rooms.mirror.drop_all_of(peer);
        _rooms.identities.abandon(peer);
    }
    if (actions.has(action_t::adopt)) {
        peer.handshake.adopt(_rooms.node_id);
        _rooms.log.debug("peer ", peer, " is this node itself");
    }
    if (peer.origin.learned || peer.origin.seed) {
        _rooms.operations.was_self(peer.key());
        return _rooms.table.dismiss(peer);
    }
    advance(peer);
}

// Another node answers than before, or the first one.
void peer_messages_t::take_identity(peer_t &peer, const wire::hello_t &hello, actions_t actions)
{
    if (actions.has(action_t::end_identity)) {
        _rooms.log.info("peer ", peer, " restarted: it was node ", peer.handshake.id(), " and is now node ",
                        hello.node_id);
        _rooms.identities.abandon(peer);
    }
    peer.confirmation.another_node();
    _rooms.identities.adopt(peer, hello);
    if (peer.origin.was_learned)
        _rooms.membership->on_answered(peer);
    peer.told_receivers.clear();
    if (actions.has(action_t::ask_for_list))
        _rooms.mirror.want_list(peer);
}

void peer_messages_t::on_fence(peer_t &peer, const wire::token_t &token)
{
    if (token.subscriber != _rooms.node_id || !peer.handshake.has_id())
        return on_ignored();
    const wire::node_id_t id = peer.handshake.id();
    _rooms.log.debug("peer ", peer, " confirmed fence ", token.counter);
    if (_rooms.table.speaks_for_id(peer))
        _rooms.operations.fenced(id, token.counter);
    for (auto &[key, other] : _rooms.table) {
        if (other->handshake.id() != id || !_rooms.identities.may_confirm(peer, *other))
            continue;
        const std::optional<receiver_id_t> receiver = _rooms.echoes.came(*other, token.counter);
        if (!receiver)
            continue;
        attend(*other, [&, to = other.get()] {
            if (to->handshake.is_up()) // otherwise it is told of all of them when it is
                _rooms.reports.tell(*to, *receiver);
            advance(*to);
        });
    }
}

void peer_messages_t::on_data_found(peer_t &peer)
{
    _rooms.echoes.begin(peer);
    advance(peer);
}

void peer_messages_t::advance(peer_t &peer)
{
    if (!_rooms.handshakes.advance(peer))
        return;
    _rooms.identities.dismiss_second_links(peer);
    _rooms.membership->on_up(peer);
}

void peer_messages_t::on_bye(peer_t &peer)
{
    const actions_t actions = peer.handshake.left();
    if (actions.none())
        return;
    peer.node.send(wire::encode_bye()); // the leaver waits for it, so that its own is not cut off
    if (_rooms.table.speaks_for_id(peer))
        _rooms.membership->on_left(peer.handshake.id());
    _rooms.mirror.drop_all_of(peer);
    _rooms.handshakes.go_down(peer, cause_t::left);
    if (peer.way)
        peer.way->note_end();
    _rooms.identities.abandon(peer);
    _rooms.reasons.show(peer);
    if (peer.origin.learned)
        _rooms.table.dismiss(peer);
}

// --- nodes of another cluster or version ------------------------------------------------------------------

std::string peer_messages_t::other_cluster(const std::string &theirs) const
{
    std::string text = "it is of cluster ";
    append_to(text, quoted(theirs));
    text += ", this node of cluster ";
    append_to(text, quoted(_rooms.options.cluster));
    return text;
}

// It would not have this node.
void peer_messages_t::on_refused(peer_t &peer, const wire::refusal_t &refusal)
{
    if (peer.handshake.is_self() || peer.origin.leaving)
        return;
    if (refusal.code == wire::refused_cluster)
        return set_apart(peer, cause_t::other_cluster, other_cluster(refusal.text));
    if (refusal.code == wire::refused_places) // it is asked again at every heartbeat
        return _rooms.reasons.explain(peer, cause_t::limits, refusal.text);
    std::string text; // of a later version: only a person can read it
    append_to(text, quoted(refusal.text));
    set_apart(peer, cause_t::version, text);
}

// A node of another cluster may welcome this node, because it knows nothing of clusters. All that it
// has told, and was told, ends.
bool peer_messages_t::refuse(peer_t &peer, const wire::hello_t &hello)
{
    if (hello.cluster == _rooms.options.cluster || hello.node_id == _rooms.node_id)
        return false;
    peer.node.send(wire::encode_bye());
    set_apart(peer, cause_t::other_cluster, other_cluster(hello.cluster));
    return true;
}

// The peer belongs somewhere else. It stays DOWN until the connection ends, or until it says WELCOME after
// all: to change its cluster, a node has to be made anew.
void peer_messages_t::set_apart(peer_t &peer, cause_t cause, const std::string &detail)
{
    _rooms.mirror.drop_all_of(peer);
    const actions_t actions = peer.handshake.refused();
    if (actions.has(action_t::tell_down)) {
        _rooms.handshakes.go_down(peer, cause, detail);
    }
    if (actions.has(action_t::end_identity)) {
        _rooms.identities.abandon(peer);
    }
    _rooms.reasons.show(peer);
    _rooms.operations.refused(peer.key());
}

// --- topics and messages -----------------------------------------------------------------------------------

void peer_messages_t::on_topics(peer_t &peer, std::unique_ptr<topic_intake_t> intake, slice_t &slice)
{
    _rooms.mirror.begin(peer, std::move(intake), slice);
}

bool peer_messages_t::wants_answer(peer_t &peer)
{
    using answer_t = registry::handshake_t::answer_t;
    switch (peer.handshake.answered(peer.origin.learned)) {
    case answer_t::ignored:
        on_ignored();
        return false;
    case answer_t::misnamed:
        _rooms.membership->on_misnamed(peer, peer.origin.expected);
        _rooms.table.dismiss(peer);
        return false;
    case answer_t::plain:
        _rooms.identities.adopt_plain(peer);
        return true;
    case answer_t::taken:
        break;
    }
    return true;
}

void peer_messages_t::on_listed(peer_t &peer, bool answer)
{
    if (peer.handshake.listed().has(action_t::relay))
        _rooms.plain.update(peer);
    advance(peer);
    if (!answer)
        return;
    _rooms.operations.answered(peer.key(), peer.node.answers());
    if (peer.handshake.is_up())
        _rooms.operations.settled(peer.key());
}

void peer_messages_t::on_publish(peer_t &peer, std::string_view topic, std::string_view payload)
{
    if (!_rooms.plain.take(peer, topic, payload))
        on_ignored();
}

void peer_messages_t::on_ends(peer_t &peer, wire::ends_t ends)
{
    if (!_rooms.losses.take_ends(peer, std::move(ends)))
        on_ignored();
}

void peer_messages_t::on_barrier(peer_t &peer, const wire::barrier_t &barrier)
{
    if (!_rooms.ways.send_barrier(peer, barrier))
        on_ignored();
}

void peer_messages_t::on_shared(peer_t &peer, const std::vector<std::string> &topics)
{
    if (!_rooms.rivals.take_shared(peer, topics))
        on_ignored();
}

// --- other peers, and malformed messages -------------------------------------------------------------------

void peer_messages_t::on_peers(peer_t &peer, const std::vector<wire::peer_entry_t> &peers)
{
    // A peer that has not said WELCOME is not known yet.
    if (!_rooms.options.gossip || !peer.handshake.is_welcomed() || peer.origin.leaving)
        return on_ignored();
    // Looking at them takes time, which a teller could take from all others.
    const millis_t now = now_ms();
    const auto most = static_cast<millis_t>(2 * std::min(_rooms.options.max_peers, wire::max_peers));
    peer_t::origin_t &origin = peer.origin;
    origin.may_name = std::min(most, origin.may_name + (now - origin.named_at) * entries_per_ms);
    origin.named_at = now;
    if (origin.may_name < static_cast<millis_t>(peers.size()))
        return on_ignored();
    origin.may_name -= static_cast<millis_t>(peers.size());
    _rooms.membership->on_peers(peer, peers);
}

void peer_messages_t::on_malformed(peer_t &peer)
{
    _rooms.counters.malformed.add(1);
    peer.counters->malformed.add(1);
    if (!peer.handshake.is_up())
        _rooms.reasons.explain(peer, cause_t::broken_protocol, peer.node.endpoint().text());
}
}
