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

void peers_t::on_shared(spot_node_t &node, const std::vector<std::string> &topics)
{
    if (!node.handshake.welcomed || node.handshake.self)
        return on_ignored();
    for (const std::string &topic : topics)
        if (node.shared.size() < _options.max_topics_per_peer)
            node.shared.insert(topic);
}

// Each topic and node is told of once.
void peers_t::report_rivals()
{
    for (const registry::rival_t &rival : _state.take_rivals()) {
        const spot_node_t *const node = find(rival.owner);
        if (!node || node->handshake.self || node->handshake.node_id.empty())
            continue;
        if (node->shared.count(rival.topic) > 0 && _state.is_shared(rival.topic))
            continue;
        if (_told_rivals.size() >= most_told)
            _told_rivals.clear();
        if (!_told_rivals.emplace(node->handshake.node_id, rival.topic).second)
            continue;
        _log.warning("topic ", quoted(rival.topic), " has two owners, this node and peer ", *node,
                     ": create it with shared=True at each of them if that is meant");
    }
}
}
