// Part of peers_t: what owners say of the ends of their streams (ENDS), the barriers asked of them, and what
// they are told of losses (LOST).
#include <algorithm>
#include <iterator>
#include <utility>

#include "spot/cluster/peers.hpp"

namespace spot
{
namespace
{
constexpr std::size_t ends_per_message = 4096;
constexpr int messages_per_heartbeat = 16;
}

void peers_t::on_ends(spot_node_t &node, wire::ends_t ends)
{
    const spot_node_t::handshake_t &shake = node.handshake;
    if (shake.node_id.empty() || shake.plain || shake.self)
        return on_ignored();
    if (receiver_t *const receiver = _receivers.find(ends.receiver_id))
        receiver->expect_ends(shake.node_id.source(), std::move(ends.ends));
}

void peers_t::on_barrier(spot_node_t &node, const wire::barrier_t &barrier)
{
    const spot_node_t::handshake_t &shake = node.handshake;
    if (!shake.way || shake.node_id.empty())
        return on_ignored();
    shake.way->send_barrier(shake.node_id, barrier.number);
}

// What this node published to the peer's topics. What cannot be told now is told at the next heartbeat.
void peers_t::tell_ends(spot_node_t &node)
{
    const spot_node_t::handshake_t &shake = node.handshake;
    const bool takes_ends = (shake.features & wire::feature_ends) != 0;
    shake.way->want_marks(!takes_ends);
    const bool all = node.all_ends_untold;
    node.all_ends_untold = true; // unless all goes well
    std::vector<wire::stream_end_t> fresh = shake.way->take_ends();
    if (!takes_ends || shake.state != peer_state_t::up)
        return;
    std::vector<wire::stream_end_t> &untold = node.untold_ends;
    if (all)
        untold = shake.way->all_ends();
    else
        std::move(fresh.begin(), fresh.end(), std::back_inserter(untold));
    for (int messages = 0; !untold.empty() && messages < messages_per_heartbeat; ++messages) {
        wire::ends_t ends;
        const std::size_t count = std::min(untold.size(), ends_per_message);
        const auto first = untold.end() - static_cast<std::ptrdiff_t>(count);
        std::move(first, untold.end(), std::back_inserter(ends.ends));
        untold.erase(first, untold.end());
        if (node.send(wire::encode_ends(ends)))
            continue;
        untold.clear();
        return;
    }
    node.all_ends_untold = false;
}

void peers_t::report_losses()
{
    receiver_t::losses_t &losses = _receivers.losses();
    for (; !losses.empty(); losses.erase(losses.begin())) { // when they are told
        const wire::node_id_t &owner = losses.begin()->first;
        std::vector<wire::loss_entry_t> topics;
        for (const auto &[topic, count] : losses.begin()->second)
            if (count > 0)
                topics.push_back({topic, count});
        if (!topics.empty())
            report_losses(owner, topics);
    }
}

void peers_t::report_losses(const wire::node_id_t &owner, const std::vector<wire::loss_entry_t> &topics)
{
    std::string peer; // as it was added; empty: this node, or one that is no peer any more
    for (auto &[key, node] : _nodes) {
        if (owner == _node_id || node->handshake.node_id != owner || node->handshake.plain)
            continue;
        peer = node->spelled();
        node->send(wire::encode_lost(topics));
        break;
    }
    _state.tell_losses(peer, owner, topics);
}

void peers_t::ask_for_barrier(const wire::node_id_t &owner, const wire::barrier_t &barrier)
{
    spot_node_t *const node = find(owner);
    if (node && !node->handshake.plain)
        node->send(wire::encode_barrier(barrier));
}
}
