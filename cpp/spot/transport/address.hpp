// Addresses of hosts. libzmq gets addresses only: a name it would look up itself, on the I/O thread that
// carries all traffic. These functions ask no name server.
//
// Thread safety: any thread.
#pragma once

#include <string>

namespace spot
{
// `host` in canonical form, when it is an address: "127.1" becomes "127.0.0.1", and the IPv4-mapped address
// "::ffff:10.0.0.1" becomes "10.0.0.1". A scope stays if this machine has it. Empty when `host` is a name.
std::string address_of(const std::string &host);

// An address of this machine's network interface `name`: the first of IPv4, else the first of IPv6. Empty
// when there is no such interface, or it has no address.
std::string interface_address(const std::string &name);

// The scope of a link-local IPv6 address ("eth0" in "fe80::1%eth0"), empty without one. It names a network
// interface of this machine, and means nothing on another.
std::string scope_of(const std::string &host);
// The host without its scope.
std::string without_scope(const std::string &host);
}
