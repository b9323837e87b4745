// The peers of a node: adds and removes them, and gives them their turns. What is known of them is kept in
// rooms, one for each subject (peer_rooms.hpp), which the service asks directly; what they say is handled by
// peer_messages_t.
//
// Thread safety: none; the service thread owns it.
//
// Invariants:
//  1. Work on one peer that finds no memory keeps no other peer from its turn: that peer begins again
//  (attend).
//  2. A peer is never removed from within the handling of its own messages: it is dismissed, and goes in
//  sweep().
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "spot/cluster/peer_messages.hpp"
#include "spot/cluster/peer_rooms.hpp"

namespace spot
{
class peers_t
{
  public:
    peers_t(std::shared_ptr<ctx_state_t> ctx, const options_t &options, const wire::node_id_t &node_id,
            shared_state_t &state, receivers_t &receivers, operations_t &operations,
            const std::shared_ptr<mailbox_t> &mailbox, server_counters_t &counters,
            const publisher_t &publisher, const logger_t &log);
    peers_t(const peers_t &) = delete;
    peers_t &operator=(const peers_t &) = delete;

    peer_rooms_t &rooms() { return _rooms; }

    // Those that are connected hear of it at once.
    void set_hello(wire::hello_t hello);
    void set_membership(membership_events_t *membership) { _rooms.membership = membership; }

    // A peer that others told of: the node that is said to be there, the teller, and the addresses that its
    // name leads to.
    struct learned_t
    {
        wire::node_id_t expected;
        distance_t across;
        std::string teller;
        std::vector<std::string> hosts;
    };
    // Null and errno: EEXIST, ENOBUFS (too many), EMFILE, ENOMEM. Looks up its name, if it has one.
    peer_t *add(const std::string &spelled, const endpoint_t &endpoint, const learned_t *learned = nullptr);
    void remove(peer_t &peer, parting_t parting = parting_t::final);
    void sweep();
    void close(); // says BYE

    // Handles the messages that have arrived from one peer.
    void process(peer_t &peer, millis_t now, slice_t &slice);

    // A receiver that was added to `receivers` gets the data connections in use. 0, or -1 and errno (EMFILE).
    int connect_receiver(receiver_id_t id);
    // Before it is removed from there: nothing waits for its tokens any more.
    void forget_receiver(receiver_id_t id);

    // The peers that a fence must wait for.
    std::vector<operations_t::awaited_t> awaited();

    // That receiver was added, will be removed, or has changed its subscriptions.
    void subscriptions_changed(receiver_id_t receiver);

    // To be called every `interval` or so.
    void tick(millis_t now, millis_t interval);
    // Once a heartbeat: tells the ways which peers live, and has them send marks.
    void tend_ways(millis_t now);

    std::uint64_t reconnects() const { return _rooms.reconnects.get(); }

  private:
    void begin_again(peer_t &peer);
    void introduce(peer_t &peer, const learned_t *learned);
    void forget_introduced(peer_t &peer);
    bool make_room();
    void tick_node(peer_t &peer, millis_t now, millis_t passed);

    const std::shared_ptr<ctx_state_t> _ctx;
    peer_messages_t _messages;
    peer_rooms_t _rooms;
    millis_t _last_tick = 0;
};
}
