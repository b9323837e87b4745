// The state that the service thread and the public methods share, by subject. Each subject is a class of its
// own in a file of that name; node_records.hpp says what they have in common, and why one mutex guards them
// all.
//
// Thread safety: any thread.
#pragma once

#include "spot/base/types.hpp"
#include "spot/cluster/known_subscribers.hpp"
#include "spot/cluster/local_topics.hpp"
#include "spot/cluster/node_records.hpp"
#include "spot/cluster/peer_records.hpp"
#include "spot/cluster/remote_topics.hpp"
#include "spot/cluster/topic_directory.hpp"
#include "spot/cluster/watchers.hpp"

namespace spot
{
class shared_state_t
{
    node_records_t _records; // first: the subjects refer to it

  public:
    explicit shared_state_t(const wire::node_id_t &node_id) : _records(node_id) {}
    shared_state_t(const shared_state_t &) = delete;
    shared_state_t &operator=(const shared_state_t &) = delete;

    local_topics_t local{_records};            // the topics of this node, and the log of their changes
    remote_topics_t remote{_records};          // the topics of other nodes
    topic_directory_t directory{_records};     // where topics are, and the way to their owners
    peer_records_t peers{_records};            // the peers as public methods see them
    known_subscribers_t subscribers{_records}; // of all topics
    watchers_t watchers{_records};             // of all changes

    // Where this node is bound.
    void set_endpoints(own_endpoints_t endpoints);
    own_endpoints_t endpoints() const;

    // Fills in what is counted here, publications to REMOTE topics included.
    void count(stats_t &stats) const;
    // Adds what left for REMOTE topics, by topic.
    void break_down(topic_sums_t &sums) const;
};
}
