// The part of receiver_t that finds out what is missing: between messages, and at the end of a stream, where
// no message tells.
#include <utility>

#include "spot/data/receiver.hpp"

namespace spot
{
bool receiver_t::fill_barrier(frame_t &frame)
{
    if (!wire::parse_barrier(frame.head.view(), _directed, frame.seq, frame.node_id) ||
        _sources.count(frame.node_id.source()) == 0) {
        _ignored.add(1); // a pattern lets through what is meant for others
        return false;
    }
    frame.barrier = true;
    frame.source = frame.node_id.source();
    return true;
}

void receiver_t::expect_ends(wire::source_t source, std::vector<wire::stream_end_t> ends)
{
    const millis_t now = now_ms();
    const lock_t lock(_mutex);
    if (_closed || _sources.count(source) == 0)
        return;
    for (wire::stream_end_t &end : ends)
        if (!is_known(source, end))
            _ends.expect(source, std::move(end), now);
    _awaits_ends.store(!_ends.empty(), std::memory_order_relaxed);
}

bool receiver_t::is_known(wire::source_t source, const wire::stream_end_t &end)
{
    if (topic_slot_t *const slot = _topics.find(end.topic))
        return !_topics.wanted(*slot) || slot->losses.ledger().has_reached(source, end.next);
    const registry::topic_losses_t *const aside = _book.find_aside(end.topic); // the topic is gone
    return !aside || aside->ledger().has_reached(source, end.next);
}

// What was told of that source before it was asked for the barrier.
void receiver_t::conclude(wire::source_t source, std::uint64_t barrier)
{
    _ends.pass(source, barrier, [&](const wire::stream_end_t &end) SPOT_REQUIRES(_mutex) {
        if (!is_known(source, end))
            take_mark(*_topics.ensure(end.topic), source, end.next);
    });
    _awaits_ends.store(!_ends.empty(), std::memory_order_relaxed);
}

std::uint64_t receiver_t::advance(topic_slot_t &slot, wire::source_t source, std::uint64_t seq,
                                  std::uint64_t count, std::uint64_t bytes)
{
    const std::uint64_t lost = _book.advance(slot.losses, slot.name, source, seq, count, bytes);
    if (lost > 0)
        _lost.add(lost);
    return lost;
}

void receiver_t::take_mark(topic_slot_t &slot, wire::source_t source, std::uint64_t next)
{
    _lost.add(_book.advance_to_mark(slot.losses, slot.name, source, next));
}

// Takes in what tells of ends. A message that is found instead waits to be the next.
bool receiver_t::drained()
{
    while (_cursor.empty() && _pending.empty()) {
        if (!_next && !_ended_sources.empty())
            forget_ended_sources();
        if (!_next)
            _next = receive_frame();
        if (!_next)
            return true;
        if (_next->count > 0)
            return false; // it is the next one
        activate_next();
    }
    return false;
}

std::vector<std::pair<wire::node_id_t, std::uint64_t>> receiver_t::tend_ends(millis_t now, millis_t heartbeat)
{
    std::vector<std::pair<wire::node_id_t, std::uint64_t>> asked;
    const turn_t turn(*this);
    if (_closed)
        return asked;
    const bool empty = drained();
    if (empty)
        _ends.drop([&](wire::source_t source, const wire::stream_end_t &end)
                       SPOT_REQUIRES(_mutex) { return is_known(source, end); });
    for (const auto &[source, number] : _ends.ask(now, empty, heartbeat))
        if (const auto owner = _sources.find(source); owner != _sources.end())
            asked.emplace_back(owner->second, number);
    _awaits_ends.store(!_ends.empty(), std::memory_order_relaxed);
    return asked;
}
}
