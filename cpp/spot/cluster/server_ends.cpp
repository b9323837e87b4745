// Part of server_t: what nodes are told of the ends of streams (ENDS), and the barriers that they ask for.
#include <algorithm>
#include <utility>

#include "spot/cluster/server.hpp"

namespace spot
{
bool server_t::tell_ends(const wire::node_id_t &node, const wire::ends_t &ends)
{
    const auto [first, last] = _nodes.equal_range(node);
    std::vector<std::string> ids;
    for (auto entry = first; entry != last; ++entry)
        ids.push_back(entry->second);
    bool told = false;
    for (const std::string &id : ids) {
        const client_t *const client = find_client(id);
        if (!client || told)
            continue;
        told = (client->features & wire::feature_ends) == 0 ||
               reply(id, client->delimiter, wire::encode_ends(ends));
    }
    return told;
}

bool server_t::has_older_nodes() const
{
    return std::any_of(_clients.begin(), _clients.end(), [](const auto &client) {
        return !client.second.node_id.empty() && (client.second.features & wire::feature_ends) == 0;
    });
}

bool server_t::ask_for_barrier(wire::source_t publisher, const wire::barrier_t &barrier)
{
    const auto node = std::find_if(_nodes.begin(), _nodes.end(),
                                   [&](const auto &entry) { return entry.first.source() == publisher; });
    if (node == _nodes.end())
        return false;
    const std::string id = node->second; // a copy: reply() forgets those that are gone
    reply(id, _clients[id].delimiter, wire::encode_barrier(barrier));
    return true;
}

void server_t::take_ends(const std::string &id, const wire::frame_views_t &frames)
{
    wire::ends_t ends;
    if (!wire::decode_ends(frames, ends))
        return malformed(id);
    const client_t *const client = find_client(id);
    if (!client || client->node_id.empty())
        return _counters.ignored.add(1);
    if (!ends.ends.empty())
        ends_heard(client->node_id.source(), std::move(ends.ends));
}

void server_t::take_barrier(const std::string &id, const wire::frame_views_t &frames)
{
    wire::barrier_t barrier;
    if (!wire::decode_barrier(frames, barrier))
        return malformed(id);
    const client_t *const client = find_client(id);
    if (!client || client->node_id.empty())
        return _counters.ignored.add(1);
    _publisher.send_barrier(client->node_id, barrier.receiver_id, barrier.number);
}
}
