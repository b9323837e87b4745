// The rooms of peers_t, and how they are wired: each subject of what a node knows of its peers has a class of
// its own, and here is one of each.
//
// Ownership: peer_rooms_t owns the rooms; the service thread owns it. The order of the members is the order
// in which they depend on each other.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "spot/base/log.hpp"
#include "spot/base/types.hpp"
#include "spot/cluster/data_connections.hpp"
#include "spot/cluster/data_watch.hpp"
#include "spot/cluster/echoes.hpp"
#include "spot/cluster/fence_tokens.hpp"
#include "spot/cluster/handshakes.hpp"
#include "spot/cluster/lookups.hpp"
#include "spot/cluster/loss_reports.hpp"
#include "spot/cluster/mailbox.hpp"
#include "spot/cluster/operations.hpp"
#include "spot/cluster/peer_addresses.hpp"
#include "spot/cluster/peer_identities.hpp"
#include "spot/cluster/peer_places.hpp"
#include "spot/cluster/peer_reasons.hpp"
#include "spot/cluster/peer_table.hpp"
#include "spot/cluster/peer_ways.hpp"
#include "spot/cluster/plain_peers.hpp"
#include "spot/cluster/receivers.hpp"
#include "spot/cluster/server.hpp"
#include "spot/cluster/shared_state.hpp"
#include "spot/cluster/subscription_reports.hpp"
#include "spot/cluster/topic_mirror.hpp"
#include "spot/cluster/topic_rivals.hpp"

namespace spot
{
// What membership_t hears of the peers.
class membership_events_t
{
  public:
    virtual ~membership_events_t() = default;
    virtual void on_up(peer_t &peer) = 0;
    virtual void on_left(const wire::node_id_t &id) = 0; // it said BYE
    // Another node answered than was said to be there.
    virtual void on_misnamed(const peer_t &peer, const wire::node_id_t &expected) = 0;
    virtual void on_peers(peer_t &peer, const std::vector<wire::peer_entry_t> &peers) = 0;
    // A learned peer has answered; it was removed.
    virtual void on_answered(const peer_t &peer) = 0;
    virtual void on_gone(const peer_t &peer) = 0;
};

struct peer_rooms_t
{
    peer_rooms_t(const std::shared_ptr<ctx_state_t> &ctx, const options_t &options,
                 const wire::node_id_t &node_id, shared_state_t &state, receivers_t &receivers,
                 operations_t &operations, const std::shared_ptr<mailbox_t> &mailbox,
                 server_counters_t &counters, const publisher_t &publisher, const logger_t &log,
                 topic_mirror_events_t &mirror_events, peer_places_events_t &places_events);
    peer_rooms_t(const peer_rooms_t &) = delete;
    peer_rooms_t &operator=(const peer_rooms_t &) = delete;

    // The neighbours.
    const options_t &options;
    const wire::node_id_t node_id;
    shared_state_t &state;
    receivers_t &receivers;
    operations_t &operations;
    server_counters_t &counters;
    const logger_t &log;
    membership_events_t *membership = nullptr; // from the time that it is made

    // What this node says of itself.
    wire::hello_t hello;
    shared_counter_t reconnects;

    // The rooms.
    peer_table_t table;
    fence_tokens_t tokens;
    data_connections_t data;
    echoes_t echoes;
    lookups_t lookups;
    peer_reasons_t reasons;
    subscription_reports_t reports;
    plain_peers_t plain;
    topic_mirror_t mirror;
    peer_ways_t ways;
    peer_addresses_t addresses;
    peer_places_t places;
    peer_identities_t identities;
    handshakes_t handshakes;
    data_watch_t watch;
    loss_reports_t losses;
    topic_rivals_t rivals;
};
}
