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
    network,
};
inline constexpr int reach_count = 3;

reach_t reach_of(const endpoint_t &endpoint);

// The endpoint of whoever came over a connection with this address, as ZeroMQ reports it: only its scheme and
// host are known. `listening` is where it came to.
endpoint_t sender_endpoint(const std::string &peer_address, const endpoint_t &listening);

// The host is an address (or the scheme knows no hosts), so that nobody has to be asked for it.
bool is_numeric(const endpoint_t &endpoint);
}
