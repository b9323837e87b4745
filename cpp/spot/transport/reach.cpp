#include "spot/transport/reach.hpp"

#include <cstdint>

#include <arpa/inet.h>
#include <netinet/in.h>

#include "spot/transport/address.hpp"

namespace spot
{
namespace
{
enum class range_t
{
    own_machine, // loopback, and the unspecified address, to which a connection also ends at this machine
    link_local,
    many, // multicast and broadcast, to which no connection can be made
    other,
};

range_t range_of_v4(std::uint32_t address)
{
    const std::uint32_t first = address >> 24;
    if (first == 127 || first == 0)
        return range_t::own_machine;
    if (address >> 16 == 0xa9fe) // 169.254.0.0/16
        return range_t::link_local;
    return first >= 224 && (first < 240 || address == 0xffffffff) ? range_t::many : range_t::other;
}

range_t range_of_v6(const in6_addr &address)
{
    if (IN6_IS_ADDR_LOOPBACK(&address) || IN6_IS_ADDR_UNSPECIFIED(&address))
        return range_t::own_machine;
    if (IN6_IS_ADDR_LINKLOCAL(&address))
        return range_t::link_local;
    return IN6_IS_ADDR_MULTICAST(&address) ? range_t::many : range_t::other;
}

// A name counts as `other` until it has been resolved; the caller asks again with its addresses.
range_t range_of(const std::string &host)
{
    if (host == "localhost")
        return range_t::own_machine;
    std::string address = address_of(host);
    if (address.empty())
        address = host;
    in_addr v4{};
    if (inet_pton(AF_INET, address.c_str(), &v4) == 1)
        return range_of_v4(ntohl(v4.s_addr));
    in6_addr v6{};
    if (inet_pton(AF_INET6, without_scope(address).c_str(), &v6) == 1)
        return range_of_v6(v6);
    return range_t::other;
}

bool refuse(const char **why, const char *reason)
{
    if (why)
        *why = reason;
    return false;
}

// Replaces the host of `announced` by the one at which this machine reaches it. False: there is none.
bool place(endpoint_t &announced, const endpoint_t &other_end, const char **why)
{
    const std::string address = address_of(announced.host);
    if (!address.empty())
        announced.host = address;
    if (announced.any_host())
        announced.host = other_end.scheme == scheme_t::tcp ? other_end.host : "127.0.0.1";
    if (announced.any_host() || announced.port == 0)
        return refuse(why, "that is no endpoint to connect to");
    const range_t range = range_of(announced.host);
    if (range == range_t::many)
        return refuse(why, "that is no address of one machine");
    if (range != range_t::link_local || reach_of(other_end) != reach_t::link)
        return true;
    const std::string scope = scope_of(other_end.host);
    announced.host = without_scope(announced.host);
    if (!scope.empty() && announced.host.find(':') != std::string::npos)
        announced.host += "%" + scope;
    return true;
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
    switch (range_of(endpoint.host)) {
    case range_t::own_machine:
        return reach_t::machine;
    case range_t::link_local:
        return reach_t::link;
    case range_t::many:
    case range_t::other:
        break;
    }
    return reach_t::network;
}

distance_t distance_to(const endpoint_t &other_end)
{
    distance_t distance{reach_of(other_end), {}};
    if (distance.reach == reach_t::link)
        distance.scope = scope_of(other_end.host);
    return distance;
}

bool means_the_same(const endpoint_t &endpoint, const distance_t &distance)
{
    const reach_t reach = reach_of(endpoint);
    if (reach != reach_t::link || distance.reach != reach_t::link)
        return distance.reach <= reach;
    return scope_of(endpoint.host) == distance.scope || endpoint.host.find(':') == std::string::npos;
}

std::string reachable_endpoint(const std::string &announced, const endpoint_t &other_end, const char **why)
{
    endpoint_t parsed;
    bool good = parse_endpoint(announced, parsed) || refuse(why, "that is no endpoint to connect to");
    if (good && parsed.scheme == scheme_t::tcp)
        good = place(parsed, other_end, why);
    if (good && !means_the_same(parsed, distance_to(other_end)))
        good = refuse(why, "that is an endpoint of another machine's own");
    return good ? parsed.text() : std::string();
}

endpoint_t as_told(const endpoint_t &endpoint, const distance_t &distance)
{
    endpoint_t told = endpoint;
    if (distance.reach > reach_t::machine)
        told.host = without_scope(told.host);
    return told;
}

endpoint_t sender_endpoint(const std::string &peer_address, const endpoint_t &listening)
{
    endpoint_t sender;
    sender.scheme = listening.scheme;
    if (sender.scheme == scheme_t::tcp) {
        const std::string address = address_of(peer_address);
        sender.host = address.empty() ? peer_address : address;
    }
    return sender;
}
}
