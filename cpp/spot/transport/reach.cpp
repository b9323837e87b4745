#include "spot/transport/reach.hpp"

#include <string_view>

#include <arpa/inet.h>
#include <netdb.h>
#include <sys/socket.h>

namespace spot
{
namespace
{
// An IPv4 connection to a socket of both families comes with an address of IPv6.
constexpr std::string_view mapped_prefix = "::ffff:";

std::string_view unmapped(std::string_view address)
{
    if (address.substr(0, mapped_prefix.size()) == mapped_prefix && address.find('.') != address.npos)
        address.remove_prefix(mapped_prefix.size());
    return address;
}

bool loopback(const std::string &host)
{
    const std::string address(unmapped(host));
    if (address == "localhost" || address == "::1")
        return true;
    in_addr v4{};
    return inet_pton(AF_INET, address.c_str(), &v4) == 1 && (ntohl(v4.s_addr) >> 24) == 127;
}
}

reach_t reach_of(const endpoint_t &endpoint)
{
    switch (endpoint.scheme) {
    case scheme_t::inproc:
        return reach_t::context;
    case scheme_t::ipc:
        return reach_t::machine;
    case scheme_t::tcp:
        break;
    }
    return loopback(endpoint.host) ? reach_t::machine : reach_t::network;
}

endpoint_t sender_endpoint(const std::string &peer_address, const endpoint_t &listening)
{
    endpoint_t sender;
    sender.scheme = listening.scheme;
    if (sender.scheme == scheme_t::tcp)
        sender.host = std::string(unmapped(peer_address));
    return sender;
}

bool is_numeric(const endpoint_t &endpoint)
{
    if (endpoint.scheme != scheme_t::tcp)
        return true;
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_NUMERICHOST;
    addrinfo *list = nullptr;
    if (getaddrinfo(endpoint.host.c_str(), nullptr, &hints, &list) != 0)
        return false;
    freeaddrinfo(list);
    return true;
}
}
