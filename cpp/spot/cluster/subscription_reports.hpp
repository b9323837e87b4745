// Tells peers, and this node itself, what the receivers of this node subscribe to: each receiver's whole list
// (SUBS), at once after a pause, and at intervals while it goes on changing.
//
// Thread safety: none; the service thread owns it.
//
// Invariants:
//  1. A peer that counts a subscription may rely on it: only subscriptions that are in effect at the peer are
//     told. A call's subscription is left out until the peer has confirmed its fence, and all subscriptions
//     of a receiver until the peer has echoed its token.
//  2. Only a peer that is UP is told. When it comes UP it is told of all.
//  3. A list that could not be sent is sent again: peer_t::subscriptions_missed says so.
#pragma once

#include "spot/base/clock.hpp"
#include "spot/cluster/operations.hpp"
#include "spot/cluster/peer_table.hpp"
#include "spot/cluster/receivers.hpp"
#include "spot/cluster/shared_state.hpp"
#include "spot/cluster/subs_schedule.hpp"
#include "spot/wire/control.hpp"

namespace spot
{
class subscription_reports_t
{
  public:
    subscription_reports_t(const wire::node_id_t &own, peer_table_t &table, receivers_t &receivers,
                           const operations_t &operations, shared_state_t &state)
        : _own(own), _table(table), _receivers(receivers), _operations(operations), _state(state)
    {
    }

    // What that receiver subscribes to has changed, or that it is there. Peers that a fence of its waits for
    // are told when the fence no longer waits for them.
    void changed(receiver_id_t receiver);
    // A fence of that receiver no longer waits for that node.
    void fence_left(const wire::node_id_t &id, receiver_id_t receiver);
    // Tells what is due. due_at(): when to call it again; max() when there is nothing to tell.
    void report(millis_t now);
    millis_t due_at() const;

    void tell(peer_t &peer, receiver_id_t receiver) { tell(peer, list_of(receiver)); }
    void tell_all(peer_t &peer);

  private:
    wire::subs_t list_of(receiver_id_t receiver);
    void tell(peer_t &peer, wire::subs_t subs);
    void leave_out_unconfirmed(const peer_t &peer, wire::subs_t &subs) const;

    const wire::node_id_t _own;
    peer_table_t &_table;
    receivers_t &_receivers;
    const operations_t &_operations;
    shared_state_t &_state;
    subs_schedule_t _own_subs; // when this node itself is told
};
}
