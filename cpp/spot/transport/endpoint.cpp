#include "spot/transport/endpoint.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstring>

#include "spot/transport/address.hpp"
#include "spot/transport/ipc.hpp"

namespace spot
{
namespace
{
constexpr std::size_t max_name_bytes = 255;

bool plain_text(std::string_view text)
{
    return std::all_of(text.begin(), text.end(), [](unsigned char c) { return c > 0x20 && c != 0x7f; });
}

bool host_text(std::string_view host)
{
    return !host.empty() && host.size() <= max_name_bytes &&
           std::all_of(host.begin(), host.end(), [](unsigned char c) {
               return std::isalnum(c) || c == '.' || c == '-' || c == '_' || c == '%';
           });
}

// A scope is the name of an interface, such as "br-lan" or "eth0.5".
bool ipv6_text(std::string_view host)
{
    return !host.empty() && host.size() <= 64 && host.find(':') != host.npos &&
           std::all_of(host.begin(), host.end(),
                       [](unsigned char c) { return std::isalnum(c) || std::strchr(":.%-_", c); });
}

bool parse_port(std::string_view text, int &port)
{
    if (text == "*") {
        port = 0;
        return true;
    }
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    return error == std::errc() && end == text.data() + text.size() && port >= 0 && port <= 65535 &&
           std::isdigit(static_cast<unsigned char>(text.front()));
}

bool parse_tcp(std::string_view rest, endpoint_t &out)
{
    const std::size_t colon = rest.rfind(':');
    if (colon == rest.npos || colon + 1 == rest.size() || !parse_port(rest.substr(colon + 1), out.port))
        return false;
    std::string_view host = rest.substr(0, colon);
    if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
        host = host.substr(1, host.size() - 2);
        if (!ipv6_text(host))
            return false;
    } else if (host != "*" && !host_text(host)) {
        return false;
    }
    out.host = std::string(host);
    // One address has many spellings; peers are compared by the canonical one.
    const std::string address = host == "*" ? std::string() : address_of(out.host);
    if (!address.empty())
        out.host = address;
    return true;
}
}

bool endpoint_t::any_host() const
{
    return scheme == scheme_t::tcp && (host == "*" || host == "0.0.0.0" || host == "::");
}

std::string endpoint_t::text() const
{
    if (scheme == scheme_t::ipc)
        return "ipc://" + path;
    if (scheme == scheme_t::inproc)
        return "inproc://" + path;
    const bool v6 = host.find(':') != std::string::npos;
    return "tcp://" + (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

bool parse_endpoint(std::string_view text, endpoint_t &out)
{
    out = {};
    if (!plain_text(text))
        return false;
    const std::size_t mark = text.find("://");
    if (mark == text.npos)
        return false;
    const std::string_view scheme = text.substr(0, mark);
    const std::string_view rest = text.substr(mark + 3);
    if (rest.empty())
        return false;
    if (scheme == "tcp")
        return parse_tcp(rest, out);
    out.path = std::string(rest);
    if (scheme == "ipc") {
        out.scheme = scheme_t::ipc;
        return rest != "*" && rest != "@" && rest.size() <= ipc_listener_t::longest_path;
    }
    out.scheme = scheme_t::inproc;
    return scheme == "inproc" && rest.size() <= max_name_bytes;
}

bool parse_connectable(std::string_view text, endpoint_t &out)
{
    return parse_endpoint(text, out) && (out.scheme != scheme_t::tcp || (!out.any_host() && out.port != 0));
}

bool is_numeric(const endpoint_t &endpoint)
{
    return endpoint.scheme != scheme_t::tcp || endpoint.any_host() || !address_of(endpoint.host).empty();
}

bool uses_ipv6(const endpoint_t &endpoint)
{
    return endpoint.scheme == scheme_t::tcp &&
           (endpoint.host == "*" || endpoint.host.find(':') != std::string::npos);
}

std::string derived_endpoint(const endpoint_t &control, std::string_view suffix)
{
    endpoint_t derived = control;
    if (control.scheme == scheme_t::tcp)
        derived.port = 0;
    else
        derived.path += "." + std::string(suffix);
    return derived.text();
}

std::string with_host(const endpoint_t &endpoint, const std::string &host)
{
    endpoint_t changed = endpoint;
    changed.host = host;
    return changed.text();
}
}
