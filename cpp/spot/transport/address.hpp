// Hosts as addresses. libzmq is given nothing else: what it cannot read as one it would look up itself, on
// the thread that carries all traffic. Nothing here asks a name server.
#pragma once

#include <string>

namespace spot
{
// The address that `host` is, written the one way: "127.1" is "127.0.0.1", and "::ffff:10.0.0.1", an address
// of IPv4 as IPv6 writes it, is "10.0.0.1". Empty when it is a name. A scope stays, if this machine has it.
std::string address_of(const std::string &host);

// The first address of this machine's network interface of that name; empty when there is none.
std::string interface_address(const std::string &name);

// The zone of a link-local address of IPv6 ("eth0" in "fe80::1%eth0"), which only this machine understands;
// and the address without it.
std::string scope_of(const std::string &host);
std::string without_scope(const std::string &host);
}
