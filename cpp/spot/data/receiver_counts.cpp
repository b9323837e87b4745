// The part of receiver_t that tells what came and what was missed.
#include <utility>

#include "spot/data/receiver.hpp"

namespace spot
{
void receiver_t::take_losses(losses_t &sums)
{
    const lock_t lock(_mutex);
    // Places first: what throws has taken nothing.
    for (const auto &[source, topics] : _book.unreported())
        if (const auto owner = _sources.find(source); owner != _sources.end())
            for (const auto &[topic, count] : topics)
                sums[owner->second][topic];
    for (const auto &[source, topics] : _book.unreported())
        if (const auto owner = _sources.find(source); owner != _sources.end())
            for (const auto &[topic, count] : topics)
                sums.find(owner->second)->second.find(topic)->second += count;
    _book.clear_unreported();
}

void receiver_t::break_down(topic_sums_t &sums) const
{
    const lock_t lock(_mutex);
    _topics.for_each([&](const topic_slot_t &slot) {
        const registry::stream_counts_t total = slot.losses.ledger().total();
        if (total.received == 0 && total.lost == 0)
            return;
        topic_stats_t &sum = sums[slot.name];
        sum.received += total.received;
        sum.bytes_received += total.bytes;
        sum.lost += total.lost;
    });
}

void receiver_t::break_down(registry::owner_counts_t &sums) const
{
    const lock_t lock(_mutex);
    for (const auto &[source, counts] : _book.ended())
        sums[source] += counts;
    _topics.for_each([&](const topic_slot_t &slot) {
        slot.losses.ledger().each(
            [&](wire::source_t source, const registry::stream_counts_t &counts) { sums[source] += counts; });
    });
}

bool receiver_t::is_source(wire::source_t source) const
{
    const lock_t lock(_mutex);
    return _sources.count(source) > 0;
}
}
