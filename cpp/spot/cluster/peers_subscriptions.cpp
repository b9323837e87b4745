// Part of peers_t: what peers are told of this node's subscriptions. Nodes get each receiver's whole list
// (SUBS), plain peers are asked for every topic.
#include <utility>

#include "spot/cluster/peers.hpp"
#include "spot/wire/limits.hpp"

namespace spot
{
namespace
{
constexpr std::size_t names_per_message = wire::max_control_frames - 3;
}

void peers_t::subscriptions_changed(receiver_id_t receiver)
{
    for (auto &[key, node] : _nodes)
        if (node->handshake.plain)
            update_relayed(*node);
    _schedule.changed(receiver);
    report_subscriptions(now_ms());
}

void peers_t::report_subscriptions(millis_t now)
{
    if (now < _schedule.due_at())
        return;
    std::size_t count = 0;
    for (const receiver_id_t receiver : _schedule.take()) {
        wire::subs_t subs = subscriptions_of(receiver);
        count += subs.names.size();
        for (auto &[key, node] : _nodes)
            tell_subscriptions(*node, subs);
        _state.set_subscriber(_node_id, receiver, std::move(subs.names));
    }
    _schedule.told(now, count);
}

wire::subs_t peers_t::subscriptions_of(receiver_id_t id)
{
    wire::subs_t subs;
    subs.receiver_id = id;
    if (const receiver_t *const receiver = _receivers.find(id))
        subs.names = receiver->subscriptions();
    if (subs.names.size() > names_per_message)
        subs.names.resize(names_per_message);
    return subs;
}

void peers_t::tell_subscriptions(spot_node_t &node, const wire::subs_t &subs)
{
    const spot_node_t::handshake_t &shake = node.handshake;
    // One that is not UP gets all when it is.
    if (shake.state != peer_state_t::up || !shake.welcomed || shake.self || shake.plain ||
        shake.node_id.empty())
        return;
    // Whoever counts this receiver may rely on its filters: those of a new connection are on their way.
    if (is_fencing(node, subs.receiver_id))
        return;
    if (subs.names.empty() && node.told_receivers.count(subs.receiver_id) == 0)
        return;
    if (!node.send(wire::encode_subs(subs))) {
        node.subscriptions_missed = true;
        return;
    }
    if (subs.names.empty())
        node.told_receivers.erase(subs.receiver_id);
    else
        node.told_receivers.insert(subs.receiver_id);
}

void peers_t::tell_all_subscriptions(spot_node_t &node)
{
    node.subscriptions_missed = false;
    const std::set<receiver_id_t> told = node.told_receivers;
    for (const receiver_id_t receiver : told)
        if (!_receivers.find(receiver))
            tell_subscriptions(node, subscriptions_of(receiver));
    _receivers.each(
        [&](receiver_id_t receiver, receiver_t &) { tell_subscriptions(node, subscriptions_of(receiver)); });
}

void peers_t::update_relayed(spot_node_t &node)
{
    for (const std::string &topic : _state.topics_of(node.key())) {
        spot_node_t::relayed_t &relayed = node.relayed[topic];
        const bool wanted = _receivers.wants(topic);
        if (wanted == relayed.asked)
            continue;
        if (node.send(wanted ? wire::encode_subscribe(topic) : wire::encode_unsubscribe(topic)))
            relayed.asked = wanted;
    }
}
}
