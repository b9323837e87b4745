// The data connections of this node's receivers to the nodes that publish: which are in use, by how many
// peers, which stand, and which are left open until what was sent has arrived.
//
// Thread safety: none; the service thread owns it. It keeps no time: durations are arguments.
//
// Invariants:
//  1. An endpoint is connected once in each receiver, from the first node that uses it until none does.
//  Several
//     nodes may say that one endpoint is theirs.
//  2. A node has one endpoint, however many peers lead to the node (its users).
//  3. A connection of a node that went is retiring until it ends, until its time is over, or until the node
//  or
//     the endpoint is used again.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "spot/base/clock.hpp"
#include "spot/cluster/receiver_control.hpp"

namespace spot
{
// What becomes of the messages that a node sent before it went.
enum class parting_t
{
    final,  // they are dropped
    drain,  // they are still received
    absent, // the same, and when the node is met again its streams go on where they were
};

class data_connections_t
{
  public:
    // `drain_ms`: how long a retiring connection is left open at most.
    data_connections_t(receiver_control_t &receivers, millis_t drain_ms)
        : _receivers(receivers), _drain_ms(drain_ms)
    {
    }
    data_connections_t(const data_connections_t &) = delete;
    data_connections_t &operator=(const data_connections_t &) = delete;

    // --- nodes
    // One more peer leads to that node. Gives the endpoint where the node is connected: that of its first
    // user. An empty endpoint is no connection.
    std::string use(const wire::node_id_t &node, const std::string &endpoint);
    bool has_one_user(const wire::node_id_t &node) const;
    // The node is found elsewhere. What came from the old place is received.
    void move(const wire::node_id_t &node, const std::string &endpoint);
    // Strong guarantee: if it throws, nothing has changed but disconnections that are made again.
    void release(const wire::node_id_t &node, parting_t parting);
    std::size_t nodes() const { return _nodes.size(); }

    // --- receivers
    // A new one gets all connections in use. 0, or -1 and errno.
    int connect_receiver(receiver_id_t receiver);
    void forget_receiver(receiver_id_t receiver); // needs no memory

    // --- connections
    // Whether it is made, as far as is known. Within a process none is ever told of: those count as made.
    bool stands(receiver_id_t receiver, const std::string &endpoint) const;
    // Made anew, a connection gets its filters anew.
    void make_anew(receiver_id_t receiver, const std::string &endpoint);
    void made(receiver_id_t receiver, const std::string &endpoint);
    // libzmq says that it will connect again, or has done so.
    void tries_again(receiver_id_t receiver, const std::string &endpoint);
    // False: it was retiring, and concerns no peer any more.
    bool ended(receiver_id_t receiver, const std::string &endpoint);

    // --- time
    // Those that are retiring and have had their time are closed.
    void end_retiring(millis_t passed);
    struct connection_t
    {
        receiver_id_t receiver;
        std::string endpoint;
    };
    // libzmq gives a connection up for good when its peer broke a rule: it sent a message that is larger than
    // both limits of the receiver. Makes those anew, and gives them.
    std::vector<connection_t> mend_given_up(millis_t passed);

  private:
    struct node_t
    {
        std::string endpoint;
        int users = 0;
    };
    struct retiring_t
    {
        receiver_id_t receiver;
        std::string endpoint;
        wire::node_id_t node;
        bool may_return;
        millis_t left;
    };
    struct ended_t // until libzmq says that it connects again
    {
        receiver_id_t receiver;
        std::string endpoint;
        millis_t waited;
    };

    bool hold(const std::string &endpoint);   // true: no node had it before
    bool let_go(const std::string &endpoint); // true: no node has it any more
    void connect_all(const std::string &endpoint);
    void finish(const retiring_t &entry);
    // Takes out those that `which` selects, and finishes them. False: there were none.
    template <typename Predicate> bool finish_if(Predicate which);

    receiver_control_t &_receivers;
    const millis_t _drain_ms;
    std::unordered_map<wire::node_id_t, node_t> _nodes;
    std::unordered_map<std::string, int> _held; // endpoints in use, and by how many nodes
    std::set<std::pair<receiver_id_t, std::string>> _standing;
    std::vector<retiring_t> _retiring;
    std::vector<ended_t> _ended;
};
}
