// What this node's receivers and the owners of their streams tell each other: owners tell how far a stream
// has got (ENDS), are asked for barriers behind it (BARRIER), and are told of messages that were lost (LOST).
//
// Thread safety: none; the service thread owns it.
//
// Invariant: a loss is taken out of the receivers' account when its owner was told, or is no peer any more.
#pragma once

#include <vector>

#include "spot/cluster/peer_table.hpp"
#include "spot/cluster/receivers.hpp"
#include "spot/cluster/shared_state.hpp"

namespace spot
{
class loss_reports_t
{
  public:
    loss_reports_t(const wire::node_id_t &own, peer_table_t &table, receivers_t &receivers,
                   shared_state_t &state)
        : _own(own), _table(table), _receivers(receivers), _state(state)
    {
    }

    // An owner told of the ends of its streams. False: it is no node that could.
    bool take_ends(const peer_t &peer, wire::ends_t ends);
    void ask_for_barrier(const wire::node_id_t &owner, const wire::barrier_t &barrier);
    // Tells of all losses that were not told.
    void report();

  private:
    void report(const wire::node_id_t &owner, const std::vector<wire::loss_entry_t> &topics);

    const wire::node_id_t _own;
    peer_table_t &_table;
    receivers_t &_receivers;
    shared_state_t &_state;
};
}
