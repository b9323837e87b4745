// Part of service_t: the ends of streams, this node's own and those that its receivers hear of.
#include <algorithm>
#include <utility>

#include "spot/cluster/service.hpp"

namespace spot
{
namespace
{
// While a receiver waits for the end of a stream, it is looked after eight times a heartbeat, within these
// bounds.
constexpr millis_t longest_wait_for_ends_ms = 100;
constexpr millis_t shortest_wait_for_ends_ms = 5;
constexpr millis_t looks_per_heartbeat = 8;
}

void service_t::set_up_ends()
{
    _ends.deliver = [this](const wire::node_id_t &node, wire::ends_t ends) {
        if (node != _node_id)
            return _server.nodes().tell_ends(node, ends);
        if (receiver_t *const receiver = _receivers.find(ends.receiver_id))
            receiver->expect_ends(_node_id.source(), std::move(ends.ends));
        return true;
    };
    _server.nodes().ends_heard = [this](wire::source_t publisher, std::vector<wire::stream_end_t> ends) {
        _ingress.expect_ends(publisher, std::move(ends));
    };
}

void service_t::tell_ends_and_losses(millis_t now)
{
    _publisher.want_marks(_server.nodes().has_older_nodes() || _subscribers.has_strangers());
    _ends.heartbeat();
    _peers.tend_ways(now);
    _peers.rooms().losses.report();
    if (_ingress_losses.empty())
        _ingress_losses = _ingress.take_losses();
    for (; !_ingress_losses.empty(); _ingress_losses.erase(_ingress_losses.begin())) {
        const auto &[publisher, topics] = *_ingress_losses.begin();
        std::vector<wire::loss_entry_t> list;
        for (const auto &[topic, count] : topics)
            if (count > 0)
                list.push_back({topic, count});
        if (!list.empty())
            _server.nodes().tell_losses(publisher, list);
    }
}

void service_t::tend_ends(millis_t now)
{
    for (const auto &[publisher, number] : _ingress.take_asked())
        if (!_server.nodes().ask_for_barrier(publisher, {0, number}))
            _ingress.give_up_ends(publisher);
    _awaits_ends = _ingress.awaits_ends();
    _receivers.each(
        [&](receiver_id_t, receiver_t &receiver) { _awaits_ends = _awaits_ends || receiver.awaits_ends(); });
    if (!_awaits_ends || now < _next_look_at_ends)
        return;
    _next_look_at_ends = now + std::clamp<millis_t>(_options.heartbeat_ms / looks_per_heartbeat,
                                                    shortest_wait_for_ends_ms, longest_wait_for_ends_ms);
    if (_ingress.awaits_ends())
        _ingress.look_at_ends();
    const std::uint64_t lost = _receivers.lost();
    _receivers.each([&](receiver_id_t id, receiver_t &receiver) {
        if (!receiver.awaits_ends())
            return;
        for (const auto &[owner, number] : receiver.tend_ends(now, _options.heartbeat_ms)) {
            if (owner == _node_id)
                _publisher.send_barrier(owner, id, number);
            else
                _peers.rooms().losses.ask_for_barrier(owner, {id, number});
        }
    });
    // The owners are told of these losses now: nothing more of these streams is on its way, so that the
    // counts are final.
    if (_receivers.lost() != lost)
        _peers.rooms().losses.report();
}
}
