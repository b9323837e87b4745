#include "spot/cluster/topic_rivals.hpp"

namespace spot
{
namespace
{
constexpr std::size_t most_told = 4096;
}

bool topic_rivals_t::take_shared(peer_t &peer, const std::vector<std::string> &topics) const
{
    if (!peer.handshake.is_welcomed())
        return false;
    for (const std::string &topic : topics)
        if (peer.shared.size() < _most_shared)
            peer.shared.insert(topic);
    return true;
}

void topic_rivals_t::report()
{
    for (const registry::rival_t &rival : _state.remote.take_rivals()) {
        const peer_t *const peer = _table.find(rival.owner);
        if (!peer || !peer->handshake.has_id())
            continue;
        if (peer->shared.count(rival.topic) > 0 && _state.local.is_shared(rival.topic))
            continue;
        if (_told.size() >= most_told)
            _told.clear();
        if (!_told.emplace(peer->handshake.id(), rival.topic).second)
            continue;
        _log.warning("topic ", quoted(rival.topic), " has two owners, this node and peer ", *peer,
                     ": create it with shared=True at each of them if that is meant");
    }
}
}
