// From where an endpoint can be reached: "tcp://127.0.0.1:5" means another node on every machine.
#pragma once

#include <string>

#include "spot/transport/endpoint.hpp"

namespace spot
{
// How far apart the two ends of a connection may be. An endpoint can be passed on across a connection that is
// no longer than the endpoint's own reach.
enum class reach_t
{
    context, // inproc: the same context
    machine, // ipc, loopback
    link,    // link-local addresses: the machines at one network interface
    network,
};

reach_t reach_of(const endpoint_t &endpoint);

// How far away the other end of a connection is.
struct distance_t
{
    reach_t reach = reach_t::network;
    std::string scope; // of a link: this machine's name for it; IPv4 has none

    bool operator<(const distance_t &other) const
    {
        return reach != other.reach ? reach < other.reach : scope < other.scope;
    }
};
distance_t distance_to(const endpoint_t &other_end);

// Whether the endpoint means the same, or anything, at both ends of a connection of that length.
bool means_the_same(const endpoint_t &endpoint, const distance_t &distance);

// What the other end of a connection announced, as it is reachable from here: a wildcard host becomes the one
// at the other end, and a link-local address gets the scope that it has here. Empty when it makes no sense,
// or is not believed because it means something else here: `why` says which, if it is given.
std::string reachable_endpoint(const std::string &announced, const endpoint_t &other_end,
                               const char **why = nullptr);

// The endpoint as it may be told across that distance: without a scope, which is this machine's own name for
// a link.
endpoint_t as_told(const endpoint_t &endpoint, const distance_t &distance);

// The endpoint of whoever came over a connection with this address, as ZeroMQ reports it: only its scheme and
// host are known. `listening` is where it came to.
endpoint_t sender_endpoint(const std::string &peer_address, const endpoint_t &listening);
}
