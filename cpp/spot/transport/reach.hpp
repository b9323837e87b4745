// The reach of an endpoint: from how far it means the same node. "tcp://127.0.0.1:5" means a different node
// on every machine, so that it must not be passed on to another machine.
//
// Thread safety: any thread.
#pragma once

#include <string>

#include "spot/transport/endpoint.hpp"

namespace spot
{
// The largest distance at which an endpoint means the same, nearest first. An endpoint can be passed on
// across a connection that is no longer than the endpoint's reach.
enum class reach_t
{
    context, // inproc: within one context
    machine, // ipc and loopback addresses: within one machine
    link,    // link-local addresses: among the machines at one network interface
    network, // other addresses, and names
};

reach_t reach_of(const endpoint_t &endpoint);

// How far away the other end of a connection is.
struct distance_t
{
    reach_t reach = reach_t::network;
    std::string scope; // of a link: the interface as IPv6 scopes name it on this machine; empty for IPv4

    bool operator<(const distance_t &other) const
    {
        return reach != other.reach ? reach < other.reach : scope < other.scope;
    }
};
distance_t distance_to(const endpoint_t &other_end);

// Whether the endpoint means the same at both ends of a connection of that length.
bool means_the_same(const endpoint_t &endpoint, const distance_t &distance);

// The endpoint that the other end of a connection announced, as it is reachable from this machine: a wildcard
// host becomes the host of `other_end`, and a link-local IPv6 address gets this machine's scope. Empty when
// it is no endpoint to connect to, or means something else here; `*why` is then the reason, a constant text.
std::string reachable_endpoint(const std::string &announced, const endpoint_t &other_end,
                               const char **why = nullptr);

// The endpoint as a peer at that distance is told it: without a scope, unless the peer is on this machine.
endpoint_t as_told(const endpoint_t &endpoint, const distance_t &distance);

// The other end of a connection that came in at `listening` from `peer_address`, as libzmq reports that. Only
// the scheme and the host are known; the port is 0.
endpoint_t sender_endpoint(const std::string &peer_address, const endpoint_t &listening);
}
