#include "spot/cluster/clients.hpp"

#include <algorithm>
#include <iterator>

namespace spot
{
client_t *clients_t::find(const std::string &address)
{
    const auto found = _clients.find(address);
    return found == _clients.end() ? nullptr : &found->second;
}

const client_t *clients_t::find(const std::string &address) const
{
    const auto found = _clients.find(address);
    return found == _clients.end() ? nullptr : &found->second;
}

bool clients_t::is_program(const std::string &address) const
{
    const client_t *const client = find(address);
    return client && !client->is_node();
}

// The entry of the index first: where there is no memory for it, the client is no node yet.
void clients_t::name(const std::string &address, client_t &client, const wire::node_id_t &node)
{
    _nodes.emplace(node, address);
    client.node_id = node;
}

void clients_t::unname(const wire::node_id_t &node, const std::string &address)
{
    const auto [first, last] = _nodes.equal_range(node);
    const auto found = std::find_if(first, last, [&](const auto &entry) { return entry.second == address; });
    if (found != last)
        _nodes.erase(found);
}

bool clients_t::is_named(const wire::node_id_t &node, const std::string &address) const
{
    const auto [first, last] = _nodes.equal_range(node);
    return std::any_of(first, last, [&](const auto &entry) { return entry.second == address; });
}

std::vector<std::string> clients_t::node_addresses() const
{
    std::vector<std::string> list;
    list.reserve(_nodes.size());
    for (const auto &[node, address] : _nodes)
        list.push_back(address);
    return list;
}

std::vector<std::string> clients_t::addresses_of(const wire::node_id_t &node) const
{
    std::vector<std::string> list;
    const auto [first, last] = _nodes.equal_range(node);
    for (auto entry = first; entry != last; ++entry)
        list.push_back(entry->second);
    return list;
}

std::vector<std::string> clients_t::addresses_of(wire::source_t source) const
{
    std::vector<std::string> list;
    for (const auto &[node, address] : _nodes)
        if (node.source() == source)
            list.push_back(address);
    return list;
}

std::string clients_t::node_address(std::size_t n) const
{
    return std::next(_nodes.begin(), static_cast<std::ptrdiff_t>(n))->second;
}
}
