// The other half of server_t: what it tells nodes of other nodes.
#include <cstddef>
#include <iterator>
#include <map>

#include "spot/cluster/server.hpp"

namespace spot
{
void server_t::tell_peers(const std::function<wire::frames_t(const distance_t &distance)> &message)
{
    std::map<distance_t, wire::frames_t> made;
    for (const std::string &id : node_ids()) {
        const client_t *const client = find_client(id);
        if (!client)
            continue;
        auto frames = made.find(client->distance);
        if (frames == made.end())
            frames = made.emplace(client->distance, message(client->distance)).first;
        if (!frames->second.empty())
            reply(id, client->delimiter, frames->second, load_t::answer);
    }
}

void server_t::remind_peers()
{
    if (_nodes.empty())
        return;
    _next_reminded = (_next_reminded + 1) % _nodes.size();
    const std::string id = std::next(_nodes.begin(), static_cast<std::ptrdiff_t>(_next_reminded))->second;
    const client_t &client = _clients[id];
    const wire::frames_t frames = peers_for(client.distance);
    if (!frames.empty())
        reply(id, client.delimiter, frames, load_t::answer);
}
}
