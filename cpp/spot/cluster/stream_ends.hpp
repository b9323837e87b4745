// Tells receivers how far this node's streams have got (ENDS), so that a loss at the end of a stream shows
// without a further message, and without a place in anybody's queue.
//
// Ownership: everything here belongs to the service thread.
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

    // Sends these to a receiver of that node, which may be this one. False: it could not be told.
    std::function<bool(const wire::node_id_t &node, wire::ends_t ends)> deliver;

    // Finds out who is to be told of what.
    void heartbeat();
    // Tells a part of it; the rest is busy()'s. So no list, however long, keeps this thread from others.
    void work();
    bool busy() const { return !_jobs.empty(); }
    // Tells of all streams, to their ends.
    void finish();

  private:
    using list_ref = registry::subscriber_table_t::list_ref;
    using key_t = std::pair<wire::node_id_t, std::uint32_t>; // a receiver
    using batch_ref = std::shared_ptr<const std::vector<ended_t>>;

    struct listener_t
    {
        list_ref list;
        bool whole = true; // it needs to hear of all topics
        std::size_t jobs = 0;
        bool seen = false;
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
    void add(const key_t &key, listener_t &listener, batch_ref batch);
    bool step(job_t &job);

    const known_subscribers_t &_subscribers;
    publisher_t &_publisher;
    std::map<key_t, listener_t> _listeners;
    std::deque<job_t> _jobs;
};
}
