// The part of receiver_t that tells what came and what was missed.
#include <utility>

#include "spot/data/receiver.hpp"

namespace spot
{
void receiver_t::note_loss(wire::source_t source, const topic_slot_t &slot, std::uint64_t count)
{
    _lost.add(count);
    _losses[source][slot.name] += count;
}

std::vector<receiver_t::loss_t> receiver_t::take_losses()
{
    std::vector<loss_t> list;
    const lock_t lock(_mutex);
    for (auto &[source, topics] : _losses) {
        const auto owner = _sources.find(source);
        if (owner == _sources.end())
            continue;
        loss_t loss{owner->second, {}};
        for (auto &[topic, count] : topics)
            loss.topics.push_back({topic, count});
        list.push_back(std::move(loss));
    }
    _losses.clear();
    return list;
}

void receiver_t::break_down(topic_sums_t &sums) const
{
    const lock_t lock(_mutex);
    _slots.for_each([&](const ref_t<topic_slot_t> &slot) SPOT_REQUIRES(_mutex) {
        const registry::stream_counts_t total = slot->ledger.total();
        if (total.received == 0 && total.lost == 0)
            return;
        topic_stats_t &sum = sums[slot->name];
        sum.received += total.received;
        sum.bytes_received += total.bytes;
        sum.lost += total.lost;
    });
}

void receiver_t::break_down(registry::owner_counts_t &sums) const
{
    const lock_t lock(_mutex);
    for (const auto &[source, counts] : _ended_streams)
        sums[source] += counts;
    _slots.for_each([&](const ref_t<topic_slot_t> &slot) SPOT_REQUIRES(_mutex) {
        slot->ledger.each(
            [&](wire::source_t source, const registry::stream_counts_t &counts) { sums[source] += counts; });
    });
}

bool receiver_t::is_source(wire::source_t source) const
{
    const lock_t lock(_mutex);
    return _sources.count(source) > 0;
}
}
