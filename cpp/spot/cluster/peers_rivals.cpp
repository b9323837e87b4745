// The part of peers_t that notices when another node owns a topic of this node's: most often that is a
// program started twice, or a name that two people chose.
#include <utility>

#include "spot/cluster/peers.hpp"

namespace spot
{
namespace
{
constexpr std::size_t most_told = 4096;
}

void peers_t::on_shared(peer_t &peer, const std::vector<std::string> &topics)
{
    if (!peer.handshake.is_welcomed())
        return on_ignored();
    for (const std::string &topic : topics)
        if (peer.shared.size() < _options.max_topics_per_peer)
            peer.shared.insert(topic);
}

// Each topic and node is told of once.
void peers_t::report_rivals()
{
    for (const registry::rival_t &rival : _state.take_rivals()) {
        const peer_t *const peer = _table.find(rival.owner);
        if (!peer || !peer->handshake.has_id())
            continue;
        if (peer->shared.count(rival.topic) > 0 && _state.is_shared(rival.topic))
            continue;
        if (_told_rivals.size() >= most_told)
            _told_rivals.clear();
        if (!_told_rivals.emplace(peer->handshake.id(), rival.topic).second)
            continue;
        _log.warning("topic ", quoted(rival.topic), " has two owners, this node and peer ", *peer,
                     ": create it with shared=True at each of them if that is meant");
    }
}
}
