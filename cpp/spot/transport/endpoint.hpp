// Endpoints: tcp://host:port, tcp://*:port, tcp://*:0, tcp://[::1]:port, ipc://path, inproc://name.
#pragma once

#include <string>
#include <string_view>

namespace spot
{
enum class scheme_t
{
    tcp,
    ipc,
    inproc,
};

struct endpoint_t
{
    scheme_t scheme = scheme_t::tcp;
    std::string host; // tcp; without brackets
    int port = 0;     // tcp; 0: any free port
    std::string path; // ipc: path, inproc: name

    bool any_host() const; // "*", "0.0.0.0" or "::"
    std::string text() const;
};

// False for anything that is not one of the forms above.
bool parse_endpoint(std::string_view text, endpoint_t &out);
// The same, and a peer can be reached there: a host that is no wildcard, a port that is not 0.
bool parse_connectable(std::string_view text, endpoint_t &out);

// The host name resolves (numeric hosts do at once; others ask the system's resolver and may take as long
// as it takes). True for ipc and inproc.
bool resolves(const endpoint_t &endpoint);

// The endpoint with its host name as an address: libzmq binds to addresses and interfaces only. What does not
// resolve, as the name of an interface, stays as it is. May take as long as the system's resolver.
endpoint_t bindable(const endpoint_t &endpoint);

// Whether libzmq is to use IPv6 for it: a wildcard binds both families; a name uses IPv6 only when it has
// no IPv4 address, because a node on "127.0.0.1" is not found at the "::1" that "localhost" also means.
bool binds_ipv6(const std::string &endpoint);
bool connects_ipv6(const std::string &endpoint);

// Where a node bound to `control` puts its other sockets: any free port of the same interface, or a name
// made from it. `suffix` is "data" or "ingress".
std::string derived_endpoint(const endpoint_t &control, std::string_view suffix);

// What a peer announced, as it is reachable from here: a wildcard host becomes the one that the peer was
// reached at. Empty when `announced` makes no sense.
std::string reachable_endpoint(const std::string &announced, const endpoint_t &reached_at);

// The endpoint with its host replaced; ipc and inproc stay as they are.
std::string with_host(const endpoint_t &endpoint, const std::string &host);
}
