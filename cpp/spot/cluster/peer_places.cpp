#include "spot/cluster/peer_places.hpp"

#include <algorithm>
#include <utility>

namespace spot
{
namespace
{
constexpr millis_t look_again_ms = 1000;
// A peer can announce anything, as often as it likes.
constexpr millis_t lookup_warning_ms = 60000;

// Chooses one of several addresses: the one in use, that of the control connection, or one of its kind.
std::string best_of(const std::vector<std::string> &hosts, const std::string &in_use, const std::string &own)
{
    const auto has = [&](const std::string &host) {
        return std::find(hosts.begin(), hosts.end(), host) != hosts.end();
    };
    if (has(in_use))
        return in_use;
    if (has(own))
        return own;
    const auto is_v6 = [](const std::string &host) { return host.find(':') != host.npos; };
    const auto alike = std::find_if(hosts.begin(), hosts.end(),
                                    [&](const std::string &host) { return is_v6(host) == is_v6(own); });
    return alike == hosts.end() ? hosts.front() : *alike;
}
}

peer_t::place_t &peer_places_t::place_of(peer_t &peer, side_t side)
{
    return side == side_t::data ? peer.data : peer.ingress;
}

void peer_places_t::locate(peer_t &peer)
{
    locate(peer, side_t::data);
    locate(peer, side_t::ingress);
}

void peer_places_t::locate(peer_t &peer, side_t side)
{
    peer_t::place_t &place = place_of(peer, side);
    if (place.announced.empty())
        return placed(peer, side, {});
    const char *why = nullptr;
    const std::string text = reachable_endpoint(place.announced, peer.node.address(), &why);
    if (!why && text == (side == side_t::data ? _hello.data_endpoint : _hello.ingress_endpoint))
        why = "that is this node's own endpoint";
    if (why)
        return misplaced(peer, side, why);
    endpoint_t endpoint;
    parse_endpoint(text, endpoint);
    if (!is_numeric(endpoint) && endpoint.host == peer.node.endpoint().host)
        endpoint.host = peer.node.address().host;
    if (is_numeric(endpoint))
        return placed(peer, side, endpoint.text());
    if (place.asked)
        return;
    auto told = [this, key = peer.key(), id = peer.handshake.id(), side, endpoint](const auto &found) {
        peer_t *peer = _table.find(key);
        if (peer && peer->handshake.id() == id)
            this->found(*peer, side, endpoint, found);
    };
    place.asked = _lookups.ask(endpoint.host, std::move(told));
    if (!place.asked)
        place.due = now_ms() + look_again_ms;
}

void peer_places_t::found(peer_t &peer, side_t side, endpoint_t endpoint, const addresses_t &found)
{
    peer_t::place_t &place = place_of(peer, side);
    place.asked = false;
    place.due = now_ms() + look_again_ms;
    endpoint_t in_use;
    parse_endpoint(peer.data_endpoint, in_use);
    std::vector<std::string> hosts;
    const distance_t distance = distance_to(peer.node.address());
    for (const std::string &host : found.hosts) {
        endpoint.host = host;
        if (means_the_same(endpoint, distance))
            hosts.push_back(host);
    }
    if (found.hosts.empty()) {
        const std::string why = "its name does not resolve: " + found.error;
        if (side == side_t::data && peer.data_endpoint.empty())
            return _reasons.explain(peer, cause_t::data_unreachable, place.announced + ", " + why);
        _log.debug("peer ", peer, " announced ", quoted(place.announced), ", ", why);
        return;
    }
    if (hosts.empty())
        return misplaced(peer, side, "its name leads to another machine's own addresses");
    endpoint.host =
        best_of(hosts, side == side_t::data ? in_use.host : std::string(), peer.node.address().host);
    const std::string before = peer.data_endpoint;
    placed(peer, side, endpoint.text());
    if (side == side_t::ingress || !peer.handshake.is_welcomed() || peer.data_endpoint == before)
        return;
    _events.on_data_found(peer);
}

// Without its data it never comes UP.
void peer_places_t::misplaced(peer_t &peer, side_t side, const std::string &why)
{
    const peer_t::place_t &place = place_of(peer, side);
    _events.on_malformed(peer);
    if (side == side_t::data)
        return _reasons.explain(peer, cause_t::data_unreachable, place.announced + ", " + why);
    const millis_t now = now_ms();
    if (peer.lookup.warned_at != 0 && now - peer.lookup.warned_at < lookup_warning_ms)
        return;
    peer.lookup.warned_at = now;
    _log.warning("peer ", peer, " cannot be published to, it announced the ingress endpoint ",
                 quoted(place.announced), ": ", why);
}

void peer_places_t::placed(peer_t &peer, side_t side, const std::string &endpoint)
{
    const registry::handshake_t &shake = peer.handshake;
    place_of(peer, side).known = true;
    if (side == side_t::ingress)
        return _ways.open(peer, endpoint);
    peer.handshake.located();
    if (!peer.holds_data) {
        peer.holds_data = true;
        peer.data_endpoint = _data.use(shake.id(), endpoint);
    } else if (endpoint != peer.data_endpoint && _data.has_one_user(shake.id())) {
        _data.move(shake.id(), endpoint);
        peer.data_endpoint = endpoint;
    }
}

// Looks again for a name that did not resolve, or for which no look-up could be made.
void peer_places_t::tend(peer_t &peer, millis_t now)
{
    for (const side_t side : {side_t::data, side_t::ingress}) {
        const peer_t::place_t &place = place_of(peer, side);
        if (!place.known && place.due != 0 && now >= place.due)
            locate(peer, side);
    }
}
}
