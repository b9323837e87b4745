// The receive queues of a node: which ones there are, and what all of them together received. The default one
// is the node's own; subscribers have one each.
//
// Ownership: everything belongs to _mutex, which is held for moments only. Receivers guard themselves.
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
// What may wait in a queue, from one peer; 0: no limit; negative: as much as the node says.
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

    // One more, whose receiver is to be opened. Null and ENOTSOCK after close().
    receive_queue_t make();
    // Closes its receiver; what it received still counts. False: that was done before.
    bool close(const receive_queue_t &queue);
    void close_all();

    void count(stats_t &stats) const;
    // See receiver_t. What queues that were closed got counts for its owners only.
    template <typename Sums> void break_down(Sums &sums) const;

  private:
    std::shared_ptr<receiver_t> next_of(receiver_id_t &from) const;
    static void add(const receiver_t &receiver, stats_t &stats);
    void keep_streams(const receiver_t &receiver) SPOT_REQUIRES(_mutex);

    const receive_queue_t _default;

    mutable mutex_t _mutex;
    bool _closed SPOT_GUARDED_BY(_mutex) = false;
    receiver_id_t _next_id SPOT_GUARDED_BY(_mutex) = default_receiver + 1;
    std::map<receiver_id_t, std::shared_ptr<receiver_t>> _others SPOT_GUARDED_BY(_mutex);
    // Of those that were closed:
    stats_t _ended SPOT_GUARDED_BY(_mutex);
    registry::owner_counts_t _ended_streams SPOT_GUARDED_BY(_mutex);
};
}
