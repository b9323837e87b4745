// Tells receivers how far this node's streams have got (ENDS), so that a loss at the end of a stream shows
// without a further message. ENDS go by the control connections and take no place in a queue for messages.
//
// Each receive queue that this node knows of is a listener. At a heartbeat, every listener gets jobs: to be
// told of the topics that have fallen silent since the last heartbeat, and, when its list of names changed or
// it has missed something, of all its topics. work() does a bounded part of the first job.
//
// Invariants:
//   1. A listener that could not be told something hears of all its topics at a later heartbeat (`whole`).
//   2. A listener has no second job for all its topics while the first waits.
//
// Thread safety: none; the service thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "spot/cluster/known_subscribers.hpp"
#include "spot/data/publisher.hpp"
#include "spot/wire/control.hpp"

namespace spot
{
class stream_ends_t
{
  public:
    stream_ends_t(const known_subscribers_t &subscribers, publisher_t &publisher)
        : _subscribers(subscribers), _publisher(publisher)
    {
    }

    // Sends ENDS to a receiver of that node, which may be this node. False: it could not be told.
    std::function<bool(const wire::node_id_t &node, wire::ends_t ends)> deliver;

    // Finds out which receivers are to be told of which topics.
    void heartbeat();
    // Tells a part of that; busy() says whether some is left. So a long list does not keep the service thread
    // from its other work.
    void work();
    bool busy() const { return !_jobs.empty(); }
    // Tells of all streams, before the node closes. May take long.
    void finish();

  private:
    using list_ref = registry::subscriber_table_t::list_ref;
    using key_t = std::pair<wire::node_id_t, std::uint32_t>; // a receiver
    using batch_ref = std::shared_ptr<const std::vector<ended_t>>;

    struct ends_listener_t
    {
        list_ref list;
        bool whole = true; // it needs to hear of all its topics
        std::size_t jobs = 0;
        bool seen = false; // at this heartbeat
    };
    struct job_t
    {
        key_t key;
        list_ref list;
        batch_ref batch; // null: the topics that the list names
        std::size_t at = 0;
    };

    void look_for_ended(bool all);
    void look_for(const batch_ref &fresh);
    void add(const key_t &key, ends_listener_t &listener, batch_ref batch);
    bool step(job_t &job);

    const known_subscribers_t &_subscribers;
    publisher_t &_publisher;
    std::map<key_t, ends_listener_t> _listeners;
    std::deque<job_t> _jobs;
};
}
