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

void peers_t::on_ends(peer_t &peer, wire::ends_t ends)
{
    const auto &shake = peer.handshake;
    if (!shake.is_node())
        return on_ignored();
    if (receiver_t *const receiver = _receivers.find(ends.receiver_id))
        receiver->expect_ends(shake.id().source(), std::move(ends.ends));
}

void peers_t::on_barrier(peer_t &peer, const wire::barrier_t &barrier)
{
    const auto &shake = peer.handshake;
    if (!peer.way || !shake.has_id())
        return on_ignored();
    peer.way->send_barrier(shake.id(), barrier.number);
}

// What this node published to the peer's topics. What cannot be told now is told at the next heartbeat.
void peers_t::tell_ends(peer_t &peer)
{
    const auto &shake = peer.handshake;
    const bool takes_ends = (peer.announced.features & wire::feature_ends) != 0;
    peer.way->want_marks(!takes_ends);
    const bool all = peer.all_ends_untold;
    peer.all_ends_untold = true; // unless all goes well
    std::vector<wire::stream_end_t> fresh = peer.way->take_ends();
    if (!takes_ends || !shake.is_up())
        return;
    std::vector<wire::stream_end_t> &untold = peer.untold_ends;
    if (all)
        untold = peer.way->all_ends();
    else
        std::move(fresh.begin(), fresh.end(), std::back_inserter(untold));
    for (int messages = 0; !untold.empty() && messages < messages_per_heartbeat; ++messages) {
        wire::ends_t ends;
        const std::size_t count = std::min(untold.size(), ends_per_message);
        const auto first = untold.end() - static_cast<std::ptrdiff_t>(count);
        std::move(first, untold.end(), std::back_inserter(ends.ends));
        untold.erase(first, untold.end());
        if (peer.node.send(wire::encode_ends(ends)))
            continue;
        untold.clear();
        return;
    }
    peer.all_ends_untold = false;
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
    std::string spelled; // of the peer; empty: this node, or one that is no peer any more
    for (auto &[key, peer] : _table) {
        if (owner == _node_id || peer->handshake.id() != owner || peer->handshake.is_plain())
            continue;
        spelled = peer->spelled();
        peer->node.send(wire::encode_lost(topics));
        break;
    }
    _state.tell_losses(spelled, owner, topics);
}

void peers_t::ask_for_barrier(const wire::node_id_t &owner, const wire::barrier_t &barrier)
{
    peer_t *const peer = _table.find(owner);
    if (peer && !peer->handshake.is_plain())
        peer->node.send(wire::encode_barrier(barrier));
}
}
