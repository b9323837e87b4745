// Watchers of a node: queues of events, each of which begins with the current state.
//
// Thread safety: any thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "spot/cluster/events.hpp"
#include "spot/cluster/node_records.hpp"
#include "spot/wire/control.hpp"

namespace spot
{
class watchers_t
{
  public:
    explicit watchers_t(node_records_t &records) : _records(records) {}

    // A queue that begins with the current state. Null and errno: ENOTSOCK, EMFILE.
    std::shared_ptr<event_queue_t> watch();
    // Closes every queue, and those to come.
    void close() { _records.watchers.close(); }
    // Messages of that owner were lost on the way to this node.
    void tell_losses(const std::string &peer, const wire::node_id_t &owner,
                     const std::vector<wire::loss_entry_t> &topics);

  private:
    node_records_t &_records;
};
}
