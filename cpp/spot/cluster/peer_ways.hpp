// The ways by which this node publishes to topics that peers own: opened when it is known where a peer's
// ingress is, abandoned when the peer is gone for good. Peers are told how far the streams have got on them
// (ENDS).
//
// Thread safety: none; the service thread owns it. A way itself is shared with the threads that publish.
//
// Invariants:
//  1. peer_t::way leads to peer_t::ingress_endpoint; it is null while there is no descriptor for it, and
//  tend()
//     opens it then.
//  2. An end that could not be told is told again: peer_t::all_ends_untold says so.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "spot/base/types.hpp"
#include "spot/cluster/peer.hpp"
#include "spot/cluster/peer_reasons.hpp"
#include "spot/cluster/server.hpp"
#include "spot/data/publisher.hpp"

namespace spot
{
class peer_ways_t
{
  public:
    peer_ways_t(std::shared_ptr<ctx_state_t> ctx, const options_t &options, const wire::node_id_t &own,
                const publisher_t &publisher, server_counters_t &counters, peer_reasons_t &reasons)
        : _ctx(std::move(ctx)), _options(options), _own(own), _publisher(publisher), _counters(counters),
          _reasons(reasons)
    {
    }

    void open(peer_t &peer, const std::string &ingress); // empty: the peer has none
    // The peer is gone for good. The messages that it has not got count as lost.
    void abandon(peer_t &peer);
    // Once a heartbeat: tells the way whether the peer lives, has it send marks, and tells the peer of ends.
    void tend(peer_t &peer, millis_t now);
    // The peer asks for a barrier. False: there is no way to it.
    static bool send_barrier(peer_t &peer, const wire::barrier_t &barrier);
    // The peer tells of messages that it lost.
    void count_losses(peer_t &peer, const std::vector<wire::loss_entry_t> &losses);

  private:
    static void tell_ends(peer_t &peer);

    const std::shared_ptr<ctx_state_t> _ctx;
    const options_t &_options;
    const wire::node_id_t _own;
    const publisher_t &_publisher;
    server_counters_t &_counters;
    peer_reasons_t &_reasons;
};
}
