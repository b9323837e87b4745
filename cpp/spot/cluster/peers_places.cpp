// Part of peers_t: where a peer's data and ingress are. What it announced is believed as far as the
// connection reaches that it came by, and names in it are looked up before anybody connects.
#include <algorithm>
#include <utility>

#include "spot/cluster/peers.hpp"

namespace spot
{
namespace
{
constexpr millis_t look_again_ms = 1000;
// A peer can announce anything, as often as it likes.
constexpr millis_t lookup_warning_ms = 60000;

// Of several addresses: the one in use, that of the peer's own, or one of its kind.
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

spot_node_t::place_t &place_of(spot_node_t &node, bool data)
{
    return data ? node.handshake.data : node.handshake.ingress;
}
}

void peers_t::locate(spot_node_t &node)
{
    locate(node, true);
    locate(node, false);
}

void peers_t::locate(spot_node_t &node, bool data)
{
    spot_node_t::place_t &place = place_of(node, data);
    if (place.announced.empty())
        return placed(node, data, {});
    const char *why = nullptr;
    const std::string text = reachable_endpoint(place.announced, node.address(), &why);
    if (!why && text == (data ? _hello.data_endpoint : _hello.ingress_endpoint))
        why = "that is this node's own endpoint";
    if (why)
        return misplaced(node, data, why);
    endpoint_t endpoint;
    parse_endpoint(text, endpoint);
    if (!is_numeric(endpoint) && endpoint.host == node.endpoint().host)
        endpoint.host = node.address().host;
    if (is_numeric(endpoint))
        return placed(node, data, endpoint.text());
    if (place.asked)
        return;
    auto told = [this, key = node.key(), id = node.handshake.node_id, data, endpoint](const auto &found) {
        spot_node_t *peer = find(key);
        if (peer && peer->handshake.node_id == id)
            found_place(*peer, data, endpoint, found);
    };
    place.asked = _lookups.ask(endpoint.host, std::move(told));
    if (!place.asked)
        place.due = now_ms() + look_again_ms;
}

void peers_t::found_place(spot_node_t &node, bool data, endpoint_t endpoint, const addresses_t &found)
{
    spot_node_t::place_t &place = place_of(node, data);
    place.asked = false;
    place.due = now_ms() + look_again_ms;
    endpoint_t in_use;
    parse_endpoint(node.handshake.data_endpoint, in_use);
    std::vector<std::string> hosts;
    const distance_t distance = distance_to(node.address());
    for (const std::string &host : found.hosts) {
        endpoint.host = host;
        if (means_the_same(endpoint, distance))
            hosts.push_back(host);
    }
    if (found.hosts.empty()) {
        const std::string why = "its name does not resolve: " + found.error;
        if (data && node.handshake.data_endpoint.empty())
            return explain(node, cause_t::data_unreachable, place.announced + ", " + why);
        _log.debug("peer ", node, " announced ", quoted(place.announced), ", ", why);
        return;
    }
    if (hosts.empty())
        return misplaced(node, data, "its name leads to another machine's own addresses");
    endpoint.host = best_of(hosts, data ? in_use.host : std::string(), node.address().host);
    const std::string before = node.handshake.data_endpoint;
    placed(node, data, endpoint.text());
    if (!data || !node.handshake.welcomed || node.handshake.data_endpoint == before)
        return;
    fence_all(node);
    try_up(node);
}

// Without its data it never comes UP.
void peers_t::misplaced(spot_node_t &node, bool data, const std::string &why)
{
    const spot_node_t::place_t &place = place_of(node, data);
    on_malformed(node);
    if (data)
        return explain(node, cause_t::data_unreachable, place.announced + ", " + why);
    const millis_t now = now_ms();
    if (node.lookup.warned_at != 0 && now - node.lookup.warned_at < lookup_warning_ms)
        return;
    node.lookup.warned_at = now;
    _log.warning("peer ", node, " cannot be published to, it announced the ingress endpoint ",
                 quoted(place.announced), ": ", why);
}

void peers_t::placed(spot_node_t &node, bool data, const std::string &endpoint)
{
    spot_node_t::handshake_t &shake = node.handshake;
    place_of(node, data).known = true;
    if (!data)
        return open_way(node, endpoint);
    if (!shake.holds_data) {
        shake.holds_data = true;
        shake.data_endpoint = connect_data(shake.node_id, endpoint);
    } else if (endpoint != shake.data_endpoint && _data[shake.node_id].users == 1) {
        move_data(shake.node_id, endpoint);
        shake.data_endpoint = endpoint;
    }
}

void peers_t::open_way(spot_node_t &node, const std::string &ingress)
{
    spot_node_t::handshake_t &shake = node.handshake;
    if (shake.way && shake.ingress_endpoint == ingress)
        return;
    abandon_way(node);
    shake.ingress_endpoint = ingress;
    if (ingress.empty())
        return;
    auto link = std::make_shared<link_t>();
    link_options_t options;
    options.send_hwm = _options.send_hwm;
    options.send_hwm_bytes = _options.send_hwm_bytes;
    options.linger_ms = _options.linger_ms;
    options.block = _options.overflow == overflow_t::block;
    options.flusher = _publisher.flusher();
    if (link->open(_ctx, options, ingress, _node_id) == 0)
        shake.way = std::move(link);
    publish_record(node);
}

// Of a name that did not resolve, or that nobody could be asked for.
void peers_t::tend_places(spot_node_t &node, millis_t now)
{
    for (const bool data : {true, false}) {
        const spot_node_t::place_t &place = place_of(node, data);
        if (!place.known && place.due != 0 && now >= place.due)
            locate(node, data);
    }
}
}
