// The set of a node's receive queues, and the counters of all of them together. The default queue is the
// node's own; each subscriber has one more.
//
// Thread safety: any thread. _mutex guards the set and is never held while a call waits; receivers guard
// themselves.
//
// Invariant: a queue is in the set before its receiver is opened, so that close_all() closes every receiver.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "spot/base/mutex.hpp"
#include "spot/base/types.hpp"
#include "spot/cluster/receivers.hpp"
#include "spot/data/receiver.hpp"

namespace spot
{
// How much may wait in a queue from one peer. 0: no limit; negative: the node's option.
struct queue_limits_t
{
    int frames = -1;
    std::int64_t bytes = -1;
};

struct receive_queue_t
{
    receiver_id_t id = default_receiver;
    std::shared_ptr<receiver_t> receiver;
};

class receive_queues_t
{
  public:
    receive_queues_t();

    const receive_queue_t &default_queue() const { return _default; }

    // Adds a queue; the caller opens its receiver. After close_all() its receiver is null and errno is
    // ENOTSOCK.
    receive_queue_t make();
    // Closes a queue's receiver; its counters still count. False: it was closed before.
    bool close(const receive_queue_t &queue);
    // Closes all receivers, the default one too. Allocates nothing.
    void close_all();

    void count(stats_t &stats) const;
    // Adds the counters of all queues to `sums`, by topic or by owner. Closed queues count by owner only.
    template <typename Sums> void break_down(Sums &sums) const;

  private:
    // The first queue's receiver with a number of at least `from`, which becomes the number behind it; or
    // null.
    std::shared_ptr<receiver_t> next_of(receiver_id_t &from) const;
    static void add(const receiver_t &receiver, stats_t &stats);
    // Keeps the counters by owner of a receiver that is closed.
    void keep_streams(const receiver_t &receiver) SPOT_REQUIRES(_mutex);

    const receive_queue_t _default;

    mutable mutex_t _mutex;
    bool _closed SPOT_GUARDED_BY(_mutex) = false;
    receiver_id_t _next_id SPOT_GUARDED_BY(_mutex) = default_receiver + 1;
    std::map<receiver_id_t, std::shared_ptr<receiver_t>> _others SPOT_GUARDED_BY(_mutex);
    // The counters of closed queues:
    stats_t _ended SPOT_GUARDED_BY(_mutex);
    registry::owner_counts_t _ended_streams SPOT_GUARDED_BY(_mutex);
};
}
