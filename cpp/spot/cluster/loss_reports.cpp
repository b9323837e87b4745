#include "spot/cluster/loss_reports.hpp"

#include <string>
#include <utility>

namespace spot
{
bool loss_reports_t::take_ends(const peer_t &peer, wire::ends_t ends)
{
    const auto &shake = peer.handshake;
    if (!shake.is_node())
        return false;
    if (receiver_t *const receiver = _receivers.find(ends.receiver_id))
        receiver->expect_ends(shake.id().source(), std::move(ends.ends));
    return true;
}

void loss_reports_t::ask_for_barrier(const wire::node_id_t &owner, const wire::barrier_t &barrier)
{
    peer_t *const peer = _table.find(owner);
    if (peer && !peer->handshake.is_plain())
        peer->node.send(wire::encode_barrier(barrier));
}

void loss_reports_t::report()
{
    receiver_t::losses_t &losses = _receivers.losses();
    for (; !losses.empty(); losses.erase(losses.begin())) { // when they are told
        const wire::node_id_t &owner = losses.begin()->first;
        std::vector<wire::loss_entry_t> topics;
        for (const auto &[topic, count] : losses.begin()->second)
            if (count > 0)
                topics.push_back({topic, count});
        if (!topics.empty())
            report(owner, topics);
    }
}

void loss_reports_t::report(const wire::node_id_t &owner, const std::vector<wire::loss_entry_t> &topics)
{
    std::string spelled; // of the peer; empty: this node, or one that is no peer any more
    for (auto &[key, peer] : _table) {
        if (owner == _own || peer->handshake.id() != owner || peer->handshake.is_plain())
            continue;
        spelled = peer->spelled();
        peer->node.send(wire::encode_lost(topics));
        break;
    }
    _state.watchers.tell_losses(spelled, owner, topics);
}
}
