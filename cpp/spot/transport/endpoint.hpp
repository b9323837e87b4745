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

// libzmq is given no other: the host is an address or a wildcard, or the scheme knows no hosts. Asks nobody.
bool is_numeric(const endpoint_t &endpoint);

// Whether libzmq is to use IPv6 for it; a wildcard binds both families.
bool uses_ipv6(const endpoint_t &endpoint);

// Where a node bound to `control` puts its other sockets: any free port of the same interface, or a name
// made from it. `suffix` is "data" or "ingress".
std::string derived_endpoint(const endpoint_t &control, std::string_view suffix);

// The endpoint with its host replaced; ipc and inproc stay as they are.
std::string with_host(const endpoint_t &endpoint, const std::string &host);
}
