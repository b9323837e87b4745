// An event: one change that a watcher of a node reads. Plain values without a lock.
#pragma once

#include <cstdint>
#include <string>

namespace spot
{
enum class event_kind_t
{
    topic_added,         // an owner of the topic became known; one event for each owner
    topic_removed,       // the topic, or this owner of it, vanished from list_topics()
    peer_up,             // the peer became UP
    peer_down,           // the peer is no longer UP; its topics stay listed, as not reachable
    subscribers_changed, // the number of subscribers of a LOCAL topic changed
    lost,                // this node missed messages of a topic that it subscribes to
};

struct event_t
{
    event_kind_t kind = event_kind_t::topic_added;
    std::string topic;   // the topic's name; empty in events about a peer
    std::string peer;    // the endpoint of the peer or the owner, as it was added; empty: this node
    std::string node_id; // the id of the peer or the owner, 32 hex digits; empty while it is not known
    // subscribers_changed: the number of receivers that subscribe to the topic, over all nodes.
    // lost: the number of messages missed since the last event about this topic and owner was read.
    std::uint64_t count = 0;
};
}
