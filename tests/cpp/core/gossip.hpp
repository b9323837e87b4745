// Shared by the tests of membership: which nodes know which, and a peer that tells of nodes.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "raw.hpp"

namespace spot::test
{
using nodes_t = std::vector<node_ptr>;

inline options_t manual()
{
    options_t options = quick();
    options.gossip = false;
    return options;
}

inline std::vector<std::string> ids_of(const spot_pubsub_t &node)
{
    std::vector<std::string> ids;
    for (const peer_info_t &peer : node.peers())
        ids.push_back(peer.state == peer_state_t::up ? peer.node_id : "not UP: " + peer.endpoint);
    std::sort(ids.begin(), ids.end());
    return ids;
}

// Every node has exactly one link, which is UP, to each of the others.
inline bool meshed(const nodes_t &nodes)
{
    for (const node_ptr &node : nodes) {
        std::vector<std::string> others;
        for (const node_ptr &other : nodes)
            if (other != node)
                others.push_back(other->node_id());
        std::sort(others.begin(), others.end());
        if (ids_of(*node) != others)
            return false;
    }
    return true;
}

inline bool knows(const spot_pubsub_t &node, const std::string &id)
{
    const std::vector<std::string> ids = ids_of(node);
    return std::find(ids.begin(), ids.end(), id) != ids.end();
}

inline bool has_endpoint(const spot_pubsub_t &node, const std::string &endpoint)
{
    const std::vector<peer_info_t> peers = node.peers();
    return std::any_of(peers.begin(), peers.end(),
                       [&](const peer_info_t &peer) { return peer.endpoint == endpoint; });
}

inline std::string by_name(const std::string &endpoint)
{
    return "tcp://localhost" + endpoint.substr(endpoint.rfind(':'));
}

inline std::string free_endpoint()
{
    return make_server()->endpoint();
}

inline wire::node_id_t id_of(const spot_pubsub_t &node)
{
    wire::node_id_t id;
    const std::string hex = node.node_id();
    for (std::size_t i = 0; i < id.bytes.size(); ++i)
        id.bytes[i] = static_cast<std::uint8_t>(std::stoi(hex.substr(2 * i, 2), nullptr, 16));
    return id;
}

// A raw program that `node` takes for a node, and what it tells.
struct liar_t
{
    explicit liar_t(spot_pubsub_t &node) : peer(ctx)
    {
        REQUIRE_OK(node.cluster_add(peer.endpoint));
        REQUIRE(peer.serve_until([&] { return is_up(node, peer.endpoint); }));
        _route = peer.routing_id;
    }
    // Others may have come meanwhile: nodes tell each other of this one, too.
    void tell(const std::vector<wire::peer_entry_t> &entries)
    {
        peer.routing_id = _route;
        peer.reply(wire::encode_peers(entries));
    }
    // Names a node that exists after all else: when it is known, all that was told before was taken in.
    void tell_and_prove(spot_pubsub_t &to, const std::vector<wire::peer_entry_t> &entries)
    {
        tell(entries);
        const node_ptr proof = make_server({}, "tcp://127.0.0.1:0", nullptr, manual());
        tell({{proof->endpoint(), id_of(*proof)}});
        REQUIRE(peer.serve_until([&] { return knows(to, proof->node_id()); }));
        // Its BYE would do, unless the machine stalls for the 100 ms that closing waits for it to be read.
        REQUIRE_OK(to.cluster_remove(proof->endpoint()));
    }

    raw_ctx_t ctx;
    fake_peer_t peer;

  private:
    std::string _route;
};
}
