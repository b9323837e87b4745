#include "spot/cluster/peer_addresses.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace spot
{
namespace
{
// Between two look-ups of a name: at first, and at most. Each doubles the pause; a connection begins anew.
constexpr millis_t first_pause_ms = 250;
constexpr millis_t longest_pause_ms = 8000;
// One of several addresses gets so long, in which a handshake over a long line is made, before the next one's
// turn.
constexpr millis_t turn_ms = 1500;
}

void peer_addresses_t::look_up(peer_t &peer, millis_t now)
{
    peer_t::lookup_t &lookup = peer.lookup;
    if (!peer.node.is_named() || lookup.asked)
        return;
    lookup.pause = std::clamp(2 * lookup.pause, first_pause_ms, longest_pause_ms);
    lookup.due = now + lookup.pause;
    auto told = [this, key = peer.key()](const addresses_t &found) {
        peer_t *peer = _table.find(key);
        if (!peer)
            return;
        peer->lookup.asked = false;
        peer->lookup.due = now_ms() + peer->lookup.pause;
        resolved(*peer, found);
    };
    lookup.asked = _lookups.ask(peer.node.endpoint().host, std::move(told));
    if (!lookup.asked)
        unresolved(peer, "no further look-up can be made now");
}

void peer_addresses_t::resolved(peer_t &peer, const addresses_t &found)
{
    if (found.hosts.empty()) {
        unresolved(peer, found.error.empty() ? "there is no memory for it" : found.error);
        if (found.unknown && !peer.node.has_address())
            _operations.name_unknown(peer.key());
        return;
    }
    // A name that another machine told of must not lead to this machine's own services.
    std::vector<std::string> hosts = found.hosts;
    if (peer.origin.learned)
        hosts.erase(std::remove_if(hosts.begin(), hosts.end(),
                                   [&](const std::string &host) {
                                       endpoint_t address = peer.node.endpoint();
                                       address.host = host;
                                       return !means_the_same(address, peer.origin.across);
                                   }),
                    hosts.end());
    if (hosts.empty())
        return unresolved(peer, "it leads to another machine's own addresses");
    peer.lookup.problem.clear();
    _table.unindex_addresses(peer);
    peer.node.take_addresses(hosts, now_ms());
    _table.index_addresses(peer);
    _log.debug("peer ", peer, ": its name leads to ", quoted(hosts.front()),
               hosts.size() > 1 ? " and others" : "");
}

// A peer that has an address already is still tried there.
void peer_addresses_t::unresolved(peer_t &peer, const std::string &why)
{
    if (std::exchange(peer.lookup.problem, why) != why)
        _log.debug("peer ", peer, ": its name does not resolve: ", why);
    if (!peer.node.has_address())
        _reasons.explain(peer, cause_t::name_unknown, peer.node.endpoint().host + ": " + why);
}

void peer_addresses_t::tend(peer_t &peer, millis_t now)
{
    if (peer.node.connected()) {
        peer.lookup.pause = 0;
        return;
    }
    if (peer.node.is_named() && now >= peer.lookup.due)
        look_up(peer, now);
    // inproc has no reconnection of its own, and libzmq gives a peer up that broke a rule of ZMTP: another
    // program may be at that endpoint by now.
    const bool inproc = peer.node.endpoint().scheme == scheme_t::inproc;
    const millis_t patience = peer.node.hosts().size() > 1 ? turn_ms : stuck_connection_ms;
    if (peer.node.trusted_anew())
        return peer.node.retry(now);
    if (peer.node.has_address() && peer.node.retry_due(now, inproc ? 0 : patience))
        peer.node.retry(now);
}
}
