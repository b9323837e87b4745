// Endpoints and their text: tcp://host:port, tcp://*:port, tcp://*:0, tcp://[::1]:port, ipc://path,
// inproc://name. These functions ask no name server.
//
// Thread safety: any thread.
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
    std::string host; // of tcp, without brackets; in canonical form (address.hpp) if it is an address
    int port = 0;     // of tcp; 0: any free port
    std::string path; // the path of ipc, or the name of inproc

    bool any_host() const; // whether the host is a wildcard: "*", "0.0.0.0" or "::"
    std::string text() const;
};

// False when `text` has none of the forms above; `out` is undefined then.
bool parse_endpoint(std::string_view text, endpoint_t &out);
// The same, but also false for an endpoint to which no peer can connect: a wildcard host, or port 0.
bool parse_connectable(std::string_view text, endpoint_t &out);

// Whether libzmq may get the endpoint: its host is an address or a wildcard, or its scheme has no hosts.
bool is_numeric(const endpoint_t &endpoint);

// Whether libzmq is to use IPv6 for the endpoint. The wildcard "*" does: it binds both families.
bool uses_ipv6(const endpoint_t &endpoint);

// The default endpoint for another socket of a node that is bound to `control`: a free port of the same
// interface, or the path with "." and `suffix` appended. `suffix` is "data" or "ingress".
std::string derived_endpoint(const endpoint_t &control, std::string_view suffix);

// The text of the endpoint with another host. The text of ipc and inproc endpoints does not change.
std::string with_host(const endpoint_t &endpoint, const std::string &host);
}
