// The other half of server_t: what it tells nodes of other nodes.
#include <array>
#include <cstddef>
#include <iterator>

#include "spot/cluster/server.hpp"

namespace spot
{
void server_t::tell_peers(const std::function<wire::frames_t(reach_t reach)> &message)
{
    std::array<wire::frames_t, reach_count> made;
    for (int reach = 0; reach < reach_count; ++reach)
        made[static_cast<std::size_t>(reach)] = message(static_cast<reach_t>(reach));
    for (const std::string &id : node_ids()) {
        const client_t *const client = find_client(id);
        if (!client || made[static_cast<std::size_t>(client->reach)].empty())
            continue;
        reply(id, client->delimiter, made[static_cast<std::size_t>(client->reach)]);
    }
}

void server_t::remind_peers()
{
    if (_nodes.empty())
        return;
    _next_reminded = (_next_reminded + 1) % _nodes.size();
    const std::string id = std::next(_nodes.begin(), static_cast<std::ptrdiff_t>(_next_reminded))->second;
    const client_t &client = _clients[id];
    const wire::frames_t frames = peers_for(client.reach);
    if (!frames.empty())
        reply(id, client.delimiter, frames);
}
}
