#include "spot/transport/address.hpp"

#include <cstring>
#include <string_view>

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace spot
{
namespace
{
constexpr std::string_view mapped_prefix = "::ffff:";

std::string text_of(const sockaddr *address, socklen_t length)
{
    char text[NI_MAXHOST];
    if (getnameinfo(address, length, text, sizeof text, nullptr, 0, NI_NUMERICHOST) != 0)
        return {};
    const std::string_view view = text;
    const bool mapped = view.substr(0, mapped_prefix.size()) == mapped_prefix && view.find('.') != view.npos;
    return std::string(mapped ? view.substr(mapped_prefix.size()) : view);
}
}

std::string address_of(const std::string &host)
{
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_NUMERICHOST;
    addrinfo *list = nullptr;
    if (getaddrinfo(host.c_str(), nullptr, &hints, &list) != 0)
        return {};
    std::string text = text_of(list->ai_addr, list->ai_addrlen);
    freeaddrinfo(list);
    return text;
}

std::string interface_address(const std::string &name)
{
    ifaddrs *list = nullptr;
    if (getifaddrs(&list) != 0)
        return {};
    std::string found;
    for (const ifaddrs *entry = list; entry; entry = entry->ifa_next) {
        if (!entry->ifa_addr || name != entry->ifa_name)
            continue;
        // IPv4 first: so libzmq reads the name of an interface.
        const bool v4 = entry->ifa_addr->sa_family == AF_INET;
        if (v4)
            found = text_of(entry->ifa_addr, sizeof(sockaddr_in));
        else if (entry->ifa_addr->sa_family == AF_INET6 && found.empty())
            found = text_of(entry->ifa_addr, sizeof(sockaddr_in6));
        if (v4)
            break;
    }
    freeifaddrs(list);
    return found;
}

std::string scope_of(const std::string &host)
{
    const std::size_t mark = host.find('%');
    return mark == host.npos ? std::string() : host.substr(mark + 1);
}

std::string without_scope(const std::string &host)
{
    return host.substr(0, host.find('%'));
}
}
