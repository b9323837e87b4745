// Part of peers_t: peers that answer and yet do not confirm what this node subscribes to. UP says that what
// was subscribed to is in effect there; so whoever does not confirm is not UP, and nobody waits for it.
#include <algorithm>

#include "spot/cluster/peers.hpp"

namespace spot
{
namespace
{
// A call waits no longer for one that speaks, than it takes to answer two greetings; of shorter heartbeats,
// than a busy machine may take for that.
constexpr millis_t heartbeats_for_a_call = 2;
constexpr millis_t least_for_a_call_ms = 1000;
// A connection that is made, or made anew, may need its time.
constexpr millis_t heartbeats_for_a_connection = 3;
constexpr millis_t least_for_a_connection_ms = 5000;
// Whoever confirms for a moment, again and again, is believed more and more seldom.
constexpr int most_doublings = 10;
constexpr millis_t longest_hold_ms = 300000;
constexpr millis_t good_conduct_ms = 2 * longest_hold_ms;

millis_t heartbeat_of(const options_t &options)
{
    return std::min(options.heartbeat_ms, registry::liveness_t::longest_heartbeat_ms);
}

millis_t at_least(millis_t heartbeats, const options_t &options, millis_t least)
{
    return std::max(heartbeats * heartbeat_of(options), least);
}
}

// Another node answers there, so that what the last one did says nothing of it; but for how often.
void peers_t::judge_anew(spot_node_t &node)
{
    const spot_node_t::confirming_t before = node.confirming;
    node.confirming = {};
    node.confirming.times = before.times;
    node.confirming.credit = before.credit;
}

// Those that a call waits for.
void peers_t::look_at_confirming(millis_t now, millis_t passed)
{
    const auto speaks = [&](const wire::node_id_t &id) {
        spot_node_t *const node = find(id);
        return node != nullptr && !node->intake && node->liveness().lively(now);
    };
    _operations.looked(passed, speaks);
    const millis_t patience = at_least(heartbeats_for_a_call, _options, least_for_a_call_ms);
    for (const wire::node_id_t &id : _operations.unconfirming(patience))
        for (auto &[key, node] : _nodes)
            if (node->handshake.node_id == id && node->handshake.state == peer_state_t::up)
                give_up(*node);
}

void peers_t::look_at_confirming(spot_node_t &node, millis_t now, millis_t passed)
{
    spot_node_t::handshake_t &shake = node.handshake;
    spot_node_t::confirming_t &confirming = node.confirming;
    if (!shake.welcomed || shake.plain || shake.self)
        return;
    if (shake.state == peer_state_t::up) {
        constexpr millis_t full = spot_node_t::confirming_t::earned_in * operations_t::longest_patience_ms;
        confirming.credit = std::min(confirming.credit + passed, full);
        confirming.up_for += passed;
        if (confirming.up_for >= good_conduct_ms)
            confirming.times = 0;
    }
    if (confirming.held_off > 0) {
        confirming.held_off -= passed;
        if (confirming.held_off <= 0)
            fence_all(node);
        return;
    }
    if (shake.fences.empty()) {
        confirming.missing_for = 0;
        return;
    }
    if (shake.state == peer_state_t::connecting)
        confirming.credit =
            std::max<millis_t>(0, confirming.credit - spot_node_t::confirming_t::earned_in * passed);
    if (node.liveness().lively(now))
        confirming.missing_for += passed;
    if (shake.state != peer_state_t::down &&
        confirming.missing_for >= at_least(heartbeats_for_a_connection, _options, least_for_a_connection_ms))
        give_up(node);
}

void peers_t::give_up(spot_node_t &node)
{
    spot_node_t::confirming_t &confirming = node.confirming;
    const bool was_up = node.handshake.state == peer_state_t::up;
    confirming.given_up = true;
    confirming.missing_for = 0;
    confirming.retries = 0;
    confirming.up_for = 0;
    if (was_up && ++confirming.times > 1) {
        const int doublings = std::min(confirming.times - 1, most_doublings);
        confirming.held_off = std::min(heartbeat_of(_options) << doublings, longest_hold_ms);
    }
    mark_down(node, reaches_data(node) ? cause_t::unconfirmed : cause_t::data_unreachable,
              node.handshake.data_endpoint);
    _operations.gave_up(node.key());
    fence_all(node); // it is UP again when it confirms these
}
}
