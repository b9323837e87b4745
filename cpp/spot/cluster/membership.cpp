#include "spot/cluster/membership.hpp"

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <limits>
#include <utility>

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
// Learned peers that have not answered yet: each has a socket, and anybody can make up endpoints.
constexpr std::size_t max_unanswered = 128;
// A name that does not resolve is not looked up again so soon.
constexpr millis_t lookup_again_ms = 30000;
constexpr std::size_t max_lookups = 64;
constexpr std::size_t lookups_at_once = 8;
constexpr std::size_t max_refused = 1024;
}

membership_t::membership_t(const options_t &options, const wire::node_id_t &node_id, peers_t &peers,
                           server_t &server, std::shared_ptr<mailbox_t> mailbox, const logger_t &log)
    : _options(options), _node_id(node_id), _peers(peers), _server(server), _mailbox(std::move(mailbox)),
      _log(log), _hearsay(_mailbox, lookups_at_once, max_lookups), _refused(max_refused)
{
    _peers.set_membership(this);
    _server.hello_heard = [this](const wire::hello_t &hello, const endpoint_t &from) {
        rumour_t rumour;
        rumour.id = hello.node_id;
        rumour.own_word = true;
        hear(hello.control_endpoint, from, std::move(rumour));
    };
    _server.node_left = [this](const wire::node_id_t &id) { on_left(id); };
    _server.peers_for = [this](const distance_t &distance) { return everybody(distance); };
}

// --- what the user wants -------------------------------------------------------------------------------

spot_node_t *membership_t::add(const std::string &spelled, const endpoint_t &endpoint)
{
    _exclusions.restore(endpoint.text());
    spot_node_t *node = _peers.find(endpoint);
    if (!node)
        return _peers.add(spelled, endpoint);
    if (!node->origin.learned) {
        errno = EEXIST;
        return nullptr;
    }
    node->adopt(spelled);
    _peers.show(*node);
    return node;
}

void membership_t::withdraw(spot_node_t &node)
{
    if (!node.origin.was_learned)
        return _peers.remove(node);
    node.origin.learned = true;
    node.origin.last_seen = now_ms();
}

bool membership_t::remove(const endpoint_t &endpoint)
{
    spot_node_t *node = _peers.find(endpoint);
    if (!node)
        return false;
    const wire::node_id_t id =
        node->handshake.node_id.empty() ? node->origin.expected : node->handshake.node_id;
    std::vector<std::string> endpoints{endpoint.text(), node->address().text()};
    const std::string announced = reachable_endpoint(node->handshake.control_endpoint, node->address());
    if (!announced.empty())
        endpoints.push_back(announced);
    _exclusions.remove(std::move(endpoints), id);
    _peers.remove(*node);
    // A learned link to the same node may be on its way.
    if (spot_node_t *other = _peers.find(id); other && other->origin.learned)
        _peers.remove(*other);
    return true;
}

// --- what others say -----------------------------------------------------------------------------------

void membership_t::on_peers(spot_node_t &node, const std::vector<wire::peer_entry_t> &peers)
{
    for (const wire::peer_entry_t &peer : peers) {
        rumour_t rumour;
        rumour.id = peer.node_id;
        rumour.teller = node.spelled();
        hear(peer.control_endpoint, node.address(), std::move(rumour));
    }
}

void membership_t::hear(const std::string &announced, const endpoint_t &other_end, rumour_t rumour)
{
    if (!_options.gossip || _closed || rumour.id == _node_id)
        return;
    const char *why = nullptr;
    rumour.across = distance_to(other_end);
    const std::string text = reachable_endpoint(announced, other_end, &why);
    if (!why && !parse_connectable(text, rumour.endpoint))
        why = "that is no endpoint to connect to";
    if (!why)
        why = why_not(rumour);
    if (why)
        return refuse(announced, rumour, why);
    const std::string name = rumour.endpoint.text();
    if (known(rumour, name))
        return;
    if (is_numeric(rumour.endpoint))
        learn(rumour, {});
    else
        look_up(rumour);
}

const char *membership_t::why_not(const rumour_t &rumour) const
{
    if (!means_the_same(rumour.endpoint, rumour.across))
        return "that is an endpoint of another machine's own";
    if (is_own(rumour.endpoint))
        return "that is this node's own endpoint";
    return _exclusions.why_excluded(rumour.endpoint.text(), rumour.id);
}

void membership_t::refuse(const std::string &endpoint, const rumour_t &rumour, const char *why)
{
    if (!logs(log_level_t::debug))
        return;
    const std::string said = std::string(rumour.id.view()) + endpoint + '\0' + why;
    if (_refused.contains(said))
        return;
    _refused.insert(said);
    _log.debug("not connecting to node ", rumour.id, " at ", quoted(endpoint), ": ", why);
}

bool membership_t::known(const rumour_t &rumour, const std::string &name)
{
    spot_node_t *node = _peers.find_at(rumour.endpoint);
    if (!node)
        node = _peers.find(rumour.id);
    if (!node)
        return false;
    const bool answered = !node->handshake.node_id.empty();
    if (answered) // alive somewhere, though perhaps not reachable from here
        node->origin.last_seen = now_ms();
    // It knows best where it is. What is wrong of the two goes without an answer, or as a second name.
    const bool better = rumour.own_word && !answered && !node->connected() &&
                        node->endpoint().text() != name && node->spelled() != name;
    return !better;
}

void membership_t::learn(const rumour_t &rumour, std::vector<std::string> hosts)
{
    const std::string spelled = rumour.endpoint.text();
    std::size_t unanswered = 0;
    _peers.each([&](const spot_node_t &node) {
        unanswered += node.origin.learned && node.handshake.node_id.empty() ? 1 : 0;
    });
    if (unanswered >= max_unanswered)
        return refuse(spelled, rumour, "too many others that were learned did not answer yet"); // until later
    if (rumour.own_word)
        _log.debug("learned of node ", rumour.id, " at ", quoted(spelled), " by its HELLO");
    else
        _log.debug("learned of node ", rumour.id, " at ", quoted(spelled), " from peer ",
                   quoted(rumour.teller));
    const peers_t::learned_t learned{rumour.id, rumour.across, std::move(hosts)};
    if (!_peers.add(spelled, rumour.endpoint, &learned))
        refuse(spelled, rumour, errno == ENOBUFS ? "there are too many peers" : "no socket is left");
}

void membership_t::look_up(const rumour_t &rumour)
{
    const std::string name = rumour.endpoint.text();
    if (_lookups.count(name) > 0 || _lookups.size() >= max_lookups)
        return;
    auto told = [this, name](const addresses_t &found) { resolved(name, found); };
    if (_hearsay.ask(rumour.endpoint.host, std::move(told)))
        _lookups[name] = {rumour, std::numeric_limits<millis_t>::max()};
}

void membership_t::resolved(const std::string &name, const addresses_t &found)
{
    const auto lookup = _lookups.find(name);
    if (lookup == _lookups.end() || _closed)
        return;
    if (found.hosts.empty()) {
        refuse(name, lookup->second.rumour, "the name does not resolve");
        lookup->second.until = now_ms() + lookup_again_ms;
        return;
    }
    const rumour_t rumour = std::move(lookup->second.rumour);
    _lookups.erase(lookup);
    // Much may have happened meanwhile: the user may have removed it by its name.
    const char *why = why_not(rumour);
    std::vector<std::string> hosts;
    for (const std::string &host : found.hosts) {
        rumour_t address = rumour;
        address.endpoint.host = host;
        if (known(address, name))
            return;
        if (const char *wrong = why_not(address))
            why = wrong;
        else
            hosts.push_back(host);
    }
    if (hosts.empty() || why_not(rumour))
        return refuse(name, rumour, why);
    learn(rumour, std::move(hosts));
}

void membership_t::on_misnamed(const spot_node_t &node, const wire::node_id_t &expected)
{
    _log.debug("peer ", node, " is not node ", expected, ", as others told");
    _exclusions.misname(node.endpoint().text(), expected);
    if (node.is_named())
        _exclusions.misname(node.address().text(), expected);
}

// --- what others are told ------------------------------------------------------------------------------

void membership_t::on_up(spot_node_t &node)
{
    // The user's own word: whatever was removed before, this node is wanted.
    if (!node.origin.learned)
        _exclusions.restore(node.handshake.node_id);
    _news.push_back(node.key());
}

wire::frames_t membership_t::message(const distance_t &distance,
                                     const std::vector<const spot_node_t *> &nodes) const
{
    std::vector<wire::peer_entry_t> entries;
    for (const spot_node_t *node : nodes) {
        const spot_node_t::handshake_t &shake = node->handshake;
        if (shake.state != peer_state_t::up || shake.plain || shake.self)
            continue;
        endpoint_t announced, reachable;
        const bool said = parse_endpoint(shake.control_endpoint, announced);
        const bool by_name = node->is_named() && (!said || announced.any_host());
        const std::string text = reachable_endpoint(shake.control_endpoint, node->address());
        if (!said || !parse_connectable(text, reachable))
            reachable = node->address();
        if (means_the_same(reachable, distance)) {
            // A name is understood farther than the address that it has for this node, and lasts longer.
            endpoint_t told = as_told(reachable, distance);
            if (by_name)
                told.host = node->endpoint().host;
            entries.push_back({told.text(), shake.node_id});
        } else if (said && announced.any_host() && reachable.port == announced.port) {
            // On this machine, on all interfaces: where this node was reached, that one is, too.
            entries.push_back({with_host(announced, "*"), shake.node_id});
        }
    }
    return entries.empty() ? wire::frames_t() : wire::encode_peers(entries);
}

wire::frames_t membership_t::everybody(const distance_t &distance)
{
    if (!_options.gossip)
        return {};
    std::vector<const spot_node_t *> nodes;
    _peers.each([&](const spot_node_t &node) { nodes.push_back(&node); });
    return message(distance, nodes);
}

void membership_t::tell(millis_t now)
{
    if (_news.empty() || now < _next_telling)
        return;
    std::vector<const spot_node_t *> nodes;
    for (const peer_key_t key : std::exchange(_news, {}))
        if (const spot_node_t *node = _peers.find(key))
            nodes.push_back(node);
    if (!_options.gossip || !_server.router().is_open())
        return;
    _next_telling = now + telling_spacing_ms;
    _server.tell_peers([&](const distance_t &distance) { return message(distance, nodes); });
}

millis_t membership_t::next_telling() const
{
    return _news.empty() ? std::numeric_limits<millis_t>::max() : _next_telling;
}

// --- time ----------------------------------------------------------------------------------------------

bool membership_t::forgettable(const spot_node_t &node, millis_t now) const
{
    const millis_t heartbeats = node.handshake.node_id.empty() ? unanswered_heartbeats : absent_heartbeats;
    const millis_t heartbeat = std::min(_options.heartbeat_ms, registry::liveness_t::longest_heartbeat_ms);
    return now - node.origin.last_seen >= std::max(least_patience_ms, heartbeats * heartbeat);
}

void membership_t::heartbeat(millis_t now)
{
    std::vector<peer_key_t> gone;
    _peers.each([&](spot_node_t &node) {
        if (node.handshake.state == peer_state_t::up)
            node.origin.last_seen = now;
        else if (node.origin.learned && forgettable(node, now))
            gone.push_back(node.key());
    });
    for (const peer_key_t key : gone) {
        spot_node_t &node = *_peers.find(key);
        _log.info("peer ", node, " is forgotten: it was learned, and gave no sign for long");
        _peers.remove(node, peers_t::parting_t::absent);
    }
    for (auto lookup = _lookups.begin(); lookup != _lookups.end();)
        lookup = lookup->second.until <= now ? _lookups.erase(lookup) : std::next(lookup);
    // What a node missed while it was cut off, or had no room for, it hears from somebody soon.
    if (_options.gossip && _server.router().is_open())
        _server.remind_peers();
}
}
