#include "spot/cluster/membership.hpp"

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <limits>
#include <new>
#include <utility>

#include "spot/base/no_memory.hpp"

namespace spot
{
namespace
{
// News is told at once, but no more often than this: while many nodes join, it comes in bunches.
constexpr millis_t telling_spacing_ms = 50;
// So long without a sign of a learned peer, and it is forgotten, in heartbeats: longer than a network is
// usually cut, so that what heals is found again at once; a node that is gone for good must not stay for
// ever.
constexpr millis_t absent_heartbeats = 60;
// One that never answered was perhaps never there.
constexpr millis_t unanswered_heartbeats = 10;
constexpr millis_t least_patience_ms = 1000;
constexpr std::size_t hearsay_at_once = 16;
// Learned peers that have not answered yet: each has a socket, and anybody can make up endpoints.
constexpr registry::trials_t::limit_t each_teller{16, 64, 1000}, all_tellers{128, 512, 125};
constexpr std::size_t max_refused = 1024;
}

membership_t::membership_t(const options_t &options, const wire::node_id_t &node_id, peers_t &peers,
                           server_t &server, std::shared_ptr<mailbox_t> mailbox, const logger_t &log)
    : _options(options), _node_id(node_id), _peers(peers), _server(server), _mailbox(std::move(mailbox)),
      _log(log), _hearsay(_mailbox, hearsay_at_once, max_lookups), _trials(each_teller, all_tellers),
      _refused(max_refused)
{
    _peers.set_membership(this);
    _server.nodes().hello_heard = [this](const wire::hello_t &hello, const endpoint_t &from) {
        rumour_t rumour;
        rumour.id = hello.node_id;
        rumour.own_word = true;
        _exclusions.returned(hello.node_id); // whoever speaks has not left
        rumour.teller = "HELLO from " + from.host;
        hear(hello.control_endpoint, from, std::move(rumour));
    };
    _server.nodes().node_left = [this](const wire::node_id_t &id) {
        if (!_peers.rooms().table.is_established(id))
            on_left(id);
    };
    _server.nodes().peers_for = [this](const distance_t &distance) { return everybody(distance); };
}

// --- what the user wants -------------------------------------------------------------------------------

peer_t *membership_t::add(const std::string &spelled, const endpoint_t &endpoint)
{
    _exclusions.restore(endpoint.text());
    peer_t *peer = _peers.rooms().table.find(endpoint);
    if (!peer)
        return _peers.add(spelled, endpoint);
    if (!peer->origin.learned) {
        errno = EEXIST;
        return nullptr;
    }
    std::string before = peer->spelled();
    peer->adopt(spelled);
    if (attempt([&] { _peers.rooms().reasons.show(*peer); }))
        return peer;
    peer->adopt(std::move(before));
    peer->origin.learned = true;
    throw std::bad_alloc();
}

void membership_t::withdraw(peer_t &peer)
{
    if (!peer.origin.was_learned)
        return _peers.remove(peer);
    peer.origin.learned = true;
    peer.origin.last_seen = now_ms();
}

bool membership_t::remove(const endpoint_t &endpoint)
{
    peer_t *peer = _peers.rooms().table.find(endpoint);
    if (!peer)
        return false;
    const wire::node_id_t id = !peer->handshake.has_id() ? peer->origin.expected : peer->handshake.id();
    std::vector<std::string> endpoints{endpoint.text(), peer->node.address().text()};
    const std::string announced = reachable_endpoint(peer->announced.control_endpoint, peer->node.address());
    if (!announced.empty())
        endpoints.push_back(announced);
    _exclusions.remove(std::move(endpoints), id);
    // A learned link to the same node may be on its way.
    if (peer_t *other = _peers.rooms().table.find(id); other && other != peer && other->origin.learned)
        _peers.remove(*other);
    _peers.remove(*peer); // last: what throws is done again
    return true;
}

// --- what others are told ------------------------------------------------------------------------------

void membership_t::on_up(peer_t &peer)
{
    // The user's own word: whatever was removed before, this node is wanted.
    if (!peer.origin.learned)
        _exclusions.restore(peer.handshake.id());
    _trials.came_up(peer.node.endpoint().text());
    _news.push_back(peer.key());
    _try_at = 0;
}

wire::frames_t membership_t::message(const distance_t &distance,
                                     const std::vector<const peer_t *> &nodes) const
{
    std::vector<wire::peer_entry_t> entries;
    for (const peer_t *peer : nodes) {
        const auto &shake = peer->handshake;
        if (!shake.is_up_node())
            continue;
        endpoint_t announced, reachable;
        const bool said = parse_endpoint(peer->announced.control_endpoint, announced);
        const bool by_name = peer->node.is_named() && (!said || announced.any_host());
        const std::string text = reachable_endpoint(peer->announced.control_endpoint, peer->node.address());
        if (!said || !parse_connectable(text, reachable))
            reachable = peer->node.address();
        if (means_the_same(reachable, distance)) {
            // A name is understood farther than the address that it has for this node, and lasts longer.
            endpoint_t told = as_told(reachable, distance);
            if (by_name)
                told.host = peer->node.endpoint().host;
            entries.push_back({told.text(), shake.id()});
        } else if (said && announced.any_host() && reachable.port == announced.port) {
            // On this machine, on all interfaces: where this node was reached, that one is, too.
            entries.push_back({with_host(announced, "*"), shake.id()});
        }
    }
    return entries.empty() ? wire::frames_t() : wire::encode_peers(entries);
}

wire::frames_t membership_t::everybody(const distance_t &distance)
{
    if (!_options.gossip)
        return {};
    std::vector<const peer_t *> nodes;
    _peers.rooms().table.each([&](const peer_t &peer) { nodes.push_back(&peer); });
    return message(distance, nodes);
}

void membership_t::tell(millis_t now)
{
    if (now >= _try_at)
        try_waiting(now);
    if (_news.empty() || now < _next_telling)
        return;
    std::vector<const peer_t *> nodes;
    for (const peer_key_t key : _news)
        if (const peer_t *peer = _peers.rooms().table.find(key))
            nodes.push_back(peer);
    if (_options.gossip && _server.router().is_open()) {
        _next_telling = now + telling_spacing_ms;
        _server.nodes().tell_peers([&](const distance_t &distance) { return message(distance, nodes); });
    }
    _news.clear(); // what throws is told again
}

millis_t membership_t::next_telling() const
{
    constexpr millis_t never = std::numeric_limits<millis_t>::max();
    return std::min(_news.empty() ? never : _next_telling, _waiting.empty() ? never : _try_at);
}

// --- time ----------------------------------------------------------------------------------------------

bool membership_t::forgettable(const peer_t &peer, millis_t now) const
{
    const millis_t heartbeats = !peer.handshake.has_id() ? unanswered_heartbeats : absent_heartbeats;
    const millis_t heartbeat = std::min(_options.heartbeat_ms, registry::liveness_t::longest_heartbeat_ms);
    return now - peer.origin.last_seen >= std::max(least_patience_ms, heartbeats * heartbeat);
}

void membership_t::heartbeat(millis_t now)
{
    std::vector<peer_key_t> gone;
    _peers.rooms().table.each([&](peer_t &peer) {
        if (peer.handshake.is_up())
            peer.origin.last_seen = now;
        else if (peer.origin.learned && forgettable(peer, now))
            gone.push_back(peer.key());
    });
    for (const peer_key_t key : gone) {
        peer_t &peer = *_peers.rooms().table.find(key);
        _log.info("peer ", peer, " is forgotten: it was learned, and gave no sign for long");
        _peers.remove(peer, parting_t::absent);
    }
    _trials.sweep(now);
    // What a node missed while it was cut off, or had no room for, it hears from somebody soon.
    if (_options.gossip && _server.router().is_open())
        _server.nodes().remind_peers();
}
}
