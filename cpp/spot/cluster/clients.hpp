// The clients of the ROUTER: nodes and plain programs, by address (wire/envelope.hpp). One connection may
// stand for many clients.
//
// A client is a node from its HELLO on; before, and without one, it is a plain program. A node may have
// several addresses, because it may have reached this one by several names.
//
// Invariants:
//   1. Each client with a node id has one entry in the index of nodes, or gets it with its next HELLO.
//   2. No entry of the index names an address without a client.
//
// Thread safety: none; the service thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "spot/registry/session.hpp"
#include "spot/transport/reach.hpp"
#include "spot/wire/node_id.hpp"

namespace spot
{
struct client_t
{
    bool delimiter = false; // the client puts an empty frame in front of a message, and expects one

    // Of a plain subscriber.
    std::unordered_set<std::string> topics;

    // Of a node.
    wire::node_id_t node_id; // empty: a plain program
    distance_t distance;
    std::uint64_t features = 0; // wire::hello_t
    bool peers_told = false;    // PEERS, when it said HELLO
    registry::session_t session;

    bool is_node() const { return !node_id.empty(); }
};

class clients_t
{
  public:
    client_t *find(const std::string &address);
    const client_t *find(const std::string &address) const;
    // The client at that address, which is made if there is none.
    client_t &at(const std::string &address) { return _clients[address]; }
    void erase(const std::string &address) { _clients.erase(address); }
    bool is_program(const std::string &address) const;

    // The client at that address is that node from now on, or no longer.
    void name(const std::string &address, client_t &client, const wire::node_id_t &node);
    void unname(const wire::node_id_t &node, const std::string &address);
    bool is_named(const wire::node_id_t &node, const std::string &address) const;

    std::size_t addresses_of_nodes() const { return _nodes.size(); }
    std::size_t programs() const { return _clients.size() - _nodes.size(); }
    // How many addresses a node has.
    std::size_t count(const wire::node_id_t &node) const { return _nodes.count(node); }

    // Copies, because sending forgets clients that are gone.
    std::vector<std::string> node_addresses() const;
    std::vector<std::string> addresses_of(const wire::node_id_t &node) const;
    std::vector<std::string> addresses_of(wire::source_t source) const;
    // Of the n-th node; `n` is less than addresses_of_nodes().
    std::string node_address(std::size_t n) const;

    template <typename Work> void each(Work work)
    {
        for (auto &[address, client] : _clients)
            work(client);
    }
    template <typename Condition> bool any(Condition condition) const
    {
        for (const auto &[address, client] : _clients)
            if (condition(client))
                return true;
        return false;
    }

  private:
    std::unordered_map<std::string, client_t> _clients;           // by address
    std::unordered_multimap<wire::node_id_t, std::string> _nodes; // addresses
};
}
