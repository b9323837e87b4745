// The part of receiver_t that knows whose messages it takes.
#include <algorithm>
#include <utility>

#include "spot/data/receiver.hpp"

namespace spot
{
void receiver_t::add_source(const wire::node_id_t &id)
{
    const lock_t lock(_mutex);
    _sources.emplace(id.source(), id);
    _absent.erase(std::remove(_absent.begin(), _absent.end(), id.source()), _absent.end());
}

void receiver_t::remove_source(const wire::node_id_t &id, bool may_return)
{
    const lock_t lock(_mutex);
    if (_sources.count(id.source()) == 0)
        return;
    if (may_return)
        keep_absent_source(id.source());
    else
        _ended_sources.push_back(id.source());
    _sources.erase(id.source());
    if (_pending.empty() && !_next)
        forget_ended_sources();
}

// Only once everything that was taken in is delivered: what is missing between the last of it counts, and
// what is missing at the end.
void receiver_t::forget_ended_sources()
{
    for (const wire::source_t source : _ended_sources)
        conclude(source, UINT64_MAX);
    _topics.for_each([&](topic_slot_t &slot) SPOT_REQUIRES(_mutex) {
        for (const wire::source_t source : _ended_sources)
            slot.losses.ledger().forget(source);
    });
    _book.forget(_ended_sources);
    _ended_sources.clear();
}

// A subscription outlasts those who forgot each other: when that node is met again, its next message tells
// what was missed. Nodes that never return would fill the memory, so that the longest absent go first.
void receiver_t::keep_absent_source(wire::source_t source)
{
    std::unordered_map<wire::source_t, std::size_t> streams;
    _topics.for_each([&](const topic_slot_t &slot) {
        slot.losses.ledger().each(
            [&](wire::source_t of, const registry::stream_counts_t &) { ++streams[of]; });
    });
    _absent.push_back(source);
    _ends.finish(source, [](const wire::stream_end_t &) {}); // it will say that anew
    std::size_t kept = 0;
    for (const wire::source_t absent : _absent)
        kept += streams[absent];
    while (_absent.size() > 1 && (kept > max_absent_streams || _absent.size() > max_absent_sources)) {
        kept -= streams[_absent.front()];
        _ended_sources.push_back(_absent.front());
        _absent.pop_front();
    }
}
}
