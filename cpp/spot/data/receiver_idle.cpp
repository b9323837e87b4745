// The part of receiver_t that forgets topics which are gone. A pattern lets in topics that come and go for
// ever.
#include <optional>
#include <utility>

#include "spot/data/receiver.hpp"

namespace spot
{
// Whoever subscribed to it by name keeps it; so does who holds a message of it.
bool receiver_t::may_go(const topic_slot_t &slot) const
{
    return slot.unique() && !slot.losses.forgives() && !_subscriptions.contains(slot.name);
}

std::size_t receiver_t::idle_topics(std::size_t from, std::size_t count, std::vector<std::string> &idle)
{
    const millis_t now = now_ms();
    const lock_t lock(_mutex);
    return _slots.for_some(from, count, [&](const ref_t<topic_slot_t> &slot) SPOT_REQUIRES(_mutex) {
        slot->losses.stop_forgiving(now);
        const registry::stream_counts_t total = slot->losses.ledger().total();
        const std::uint64_t heard = total.received + total.lost + 1; // at first: not looked at yet
        if (std::exchange(slot->heard, heard) == heard && may_go(*slot))
            idle.push_back(slot->name);
    });
}

// Frames of it may still wait in the socket: they find its numbers aside.
void receiver_t::put_aside(const std::vector<std::string> &topics)
{
    const lock_t lock(_mutex);
    for (const std::string &topic : topics) {
        const auto *const found = _slots.find(topic);
        if (!found || !may_go(**found))
            continue;
        topic_slot_t &slot = **found;
        if (wanted(slot) && !slot.losses.ledger().empty()) {
            _aside.keep(topic, {topic, {}}); // a place, which may be more than there is memory for
            keep_streams(slot.losses.ledger());
            if (aside_t *const aside = _aside.find(topic))
                aside->losses = std::move(slot.losses);
        }
        if (_last_slot == &slot)
            _last_slot = nullptr;
        _slots.erase(topic);
    }
}

// A topic that came back.
void receiver_t::take_up(topic_slot_t &slot)
{
    std::optional<aside_t> known = _aside.take(slot.name);
    if (!known)
        return;
    slot.losses.resume(std::move(known->losses));
    // It counts for its owners itself again.
    slot.losses.ledger().each(
        [&](wire::source_t source, const registry::stream_counts_t &counts) SPOT_REQUIRES(_mutex) {
            if (const auto ended = _ended_streams.find(source); ended != _ended_streams.end())
                ended->second -= counts;
        });
}

// Numbers from before must not be taken for a loss in a later subscription.
void receiver_t::drop_unwanted_asides()
{
    _aside.erase_if([&](const aside_t &aside)
                        SPOT_REQUIRES(_mutex) { return !_subscriptions.matches(aside.topic); });
}

std::size_t receiver_t::topics() const
{
    const lock_t lock(_mutex);
    return _slots.size();
}
}
