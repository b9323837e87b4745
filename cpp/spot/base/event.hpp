// What a watcher of a node is told.
#pragma once

#include <cstdint>
#include <string>

namespace spot
{
enum class event_kind_t
{
    topic_added,   // once for each owner of the topic
    topic_removed, // it vanished from list_topics(), or this owner of it did
    peer_up,
    peer_down,           // it is no longer UP; its topics stay listed, as not reachable
    subscribers_changed, // of a LOCAL topic
    lost,                // messages of a topic that this node should have received and did not
};

struct event_t
{
    event_kind_t kind = event_kind_t::topic_added;
    std::string topic;   // of events about a topic
    std::string peer;    // its endpoint as it was added; empty: this node
    std::string node_id; // of the peer or the owner, in hex; empty while it is not known
    // subscribers_changed: receivers that subscribe to it, over all nodes. lost: how many messages, summed up
    // since the last event about this topic and owner was read.
    std::uint64_t count = 0;
};
}
