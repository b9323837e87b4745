// Part of peers_t: what peers tell about their topics as they change (TOPICS).
#include <algorithm>
#include <utility>

#include "spot/cluster/peers.hpp"

namespace spot
{
namespace
{
// A peer whose lists cannot be believed (it owns too many topics) is asked less and less often.
constexpr millis_t longest_list_patience_ms = 60000;
}

void peers_t::on_changes(spot_node_t &node, const wire::topics_t &topics)
{
    const spot_node_t::handshake_t &shake = node.handshake;
    if (shake.self)
        return;
    if (!shake.welcomed || shake.plain || shake.node_id.empty())
        return on_ignored();
    if (topics.version == 0)
        return take_list(node, topics.changes);
    if (!shake.listed)
        return; // the list that is on its way has them
    if (node.topics.behind)
        return want_list(node);
    const std::uint64_t count = topics.changes.size();
    if (topics.version < count || topics.version < node.topics.version) {
        on_malformed(node);
        return want_list(node);
    }
    if (node.topics.version != 0 && topics.version - count != node.topics.version) {
        _log.debug("peer ", node, " changed its topics from version ", topics.version - count, ", known is ",
                   node.topics.version, ": asking for all of them");
        return want_list(node);
    }
    if (!_state.change_topics(node.key(), topics.changes, _options.max_topics_per_peer)) {
        on_malformed(node);
        return want_list(node);
    }
    node.topics.version = topics.version;
    if (count > 0)
        _log.debug("peer ", node, " told ", counted(topics.changes.size(), "topic change"));
}

// The whole of it, unasked: the peer could not tell something.
void peers_t::take_list(spot_node_t &node, const std::vector<wire::topic_change_t> &list)
{
    const bool all_added =
        std::all_of(list.begin(), list.end(), [](const wire::topic_change_t &entry) { return entry.added; });
    if (!all_added || list.size() > _options.max_topics_per_peer) {
        on_malformed(node);
        return want_list(node);
    }
    std::vector<std::string> topics;
    topics.reserve(list.size());
    for (const wire::topic_change_t &entry : list)
        topics.push_back(entry.topic);
    register_list(node, topics);
    node.handshake.listed = true;
    try_up(node);
}

void peers_t::register_list(spot_node_t &node, const std::vector<std::string> &topics)
{
    node.topics.version = 0;
    node.topics.behind = false;
    node.topics.patience = std::min<millis_t>(_options.heartbeat_ms, longest_list_patience_ms);
    if (!node.handshake.self)
        _state.replace_topics(node.key(), topics);
}

// Until it comes, changes are not applied. It is asked for once, and again from time to time.
void peers_t::want_list(spot_node_t &node)
{
    spot_node_t::topics_t &topics = node.topics;
    const millis_t now = now_ms();
    topics.behind = true;
    if (topics.asked_at != 0 && now - topics.asked_at < topics.patience)
        return;
    if (!node.query())
        return;
    topics.asked_at = now;
    topics.patience =
        std::min(std::max<millis_t>(2 * topics.patience, _options.heartbeat_ms), longest_list_patience_ms);
}
}
