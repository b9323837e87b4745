// The peers as public methods see them: their state, the way to each, and what is counted of each.
//
// Thread safety: any thread reads, the service thread writes; each method locks node_records_t::mutex once.
#pragma once

#include <memory>
#include <vector>

#include "spot/base/types.hpp"
#include "spot/cluster/node_records.hpp"
#include "spot/registry/loss_ledger.hpp"

namespace spot
{
class peer_records_t
{
  public:
    explicit peer_records_t(node_records_t &records) : _records(records) {}

    // Adds or replaces a record. A way that it replaces is closed. What throws has changed nothing.
    void put(peer_key_t key, peer_record_t record);
    // The peer is gone at once for every reader. Its topics go by drop_removed, some at a time, until that
    // returns true.
    void remove(peer_key_t key);
    bool drop_removed(peer_key_t key);

    std::vector<peer_info_t> list() const;
    std::vector<std::shared_ptr<way_t>> ways() const;
    // Null: that node is no peer.
    std::shared_ptr<peer_counters_t> counters_of(const wire::node_id_t &node) const;
    // One for each peer; `owners` has what came of each node.
    std::vector<peer_stats_t> stats(const registry::owner_counts_t &owners) const;

  private:
    void retire(const std::shared_ptr<way_t> &way) SPOT_REQUIRES(_records.mutex);
    void count_while_not_down(const peer_record_t &before, const peer_record_t &after,
                              event_hub_t::wake_t &wake) SPOT_REQUIRES(_records.mutex);

    node_records_t &_records;
};
}
