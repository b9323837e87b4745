// Takes what belongs to a peer's identity into use, and out of it: its id in the table, its data connection,
// its echoes, and the way to its ingress.
//
// Thread safety: none; the service thread owns it.
//
// Invariants:
//  1. If an adoption throws, the handshake says that the identity is half adopted, and drop() undoes it.
//  2. If drop() throws, it goes on when it is called again.
#pragma once

#include <cstdint>

#include "spot/base/log.hpp"
#include "spot/cluster/data_connections.hpp"
#include "spot/cluster/echoes.hpp"
#include "spot/cluster/operations.hpp"
#include "spot/cluster/peer_places.hpp"
#include "spot/cluster/peer_reasons.hpp"
#include "spot/cluster/peer_table.hpp"
#include "spot/cluster/peer_ways.hpp"
#include "spot/cluster/plain_peers.hpp"

namespace spot
{
class peer_identities_t
{
  public:
    peer_identities_t(peer_table_t &table, receiver_control_t &receivers, operations_t &operations,
                      data_connections_t &data, echoes_t &echoes, plain_peers_t &plain, peer_ways_t &ways,
                      peer_places_t &places, peer_reasons_t &reasons, const logger_t &log)
        : _table(table), _receivers(receivers), _operations(operations), _data(data), _echoes(echoes),
          _plain(plain), _ways(ways), _places(places), _reasons(reasons), _log(log)
    {
    }

    // The peer is the node that said WELCOME.
    void adopt(peer_t &peer, const wire::hello_t &hello);
    // A plain peer has no id. One is drawn for it, so that its messages are told apart like any others.
    void adopt_plain(peer_t &peer);
    // `parting`: what becomes of the messages that it sent.
    void drop(peer_t &peer, parting_t parting);
    // The same, and what was published to it and has not arrived is lost.
    void abandon(peer_t &peer)
    {
        _ways.abandon(peer);
        drop(peer, parting_t::drain);
    }
    // A learned peer turned out to be one that is a peer under another name, or claims to be.
    bool leads_nowhere_new(const peer_t &peer, const wire::node_id_t &id) const
    {
        return peer.origin.learned && _table.is_established(id);
    }
    // The peer is UP, and takes the place of learned ones that lead to the same node.
    void dismiss_second_links(const peer_t &peer);
    // Where a node is known by two names, the answer that comes on either link will do; but not an
    // impostor's.
    bool may_confirm(const peer_t &answering, const peer_t &asked) const
    {
        return &answering == &asked || peer_table_t::same_place(answering, asked) ||
               _table.speaks_for_id(answering);
    }

  private:
    peer_table_t &_table;
    receiver_control_t &_receivers;
    operations_t &_operations;
    data_connections_t &_data;
    echoes_t &_echoes;
    plain_peers_t &_plain;
    peer_ways_t &_ways;
    peer_places_t &_places;
    peer_reasons_t &_reasons;
    const logger_t &_log;
};
}
