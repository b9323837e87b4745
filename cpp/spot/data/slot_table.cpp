#include "spot/data/slot_table.hpp"

#include <algorithm>
#include <utility>

#include "spot/wire/names.hpp"

namespace spot
{
namespace
{
// For how long frames of an ended subscription may still be on their way.
constexpr millis_t stray_ms = 1000;
constexpr std::size_t max_ended_names = 4096;
}

void slot_table_t::note_end(const std::string &name)
{
    const millis_t now = now_ms();
    if (wire::is_pattern(name)) {
        _pattern_ended = now;
        return;
    }
    if (_ended_names.size() >= max_ended_names)
        _ended_names.clear();
    _ended_names[name] = now;
}

bool slot_table_t::ended_lately(const std::string &topic, millis_t now)
{
    if (_pattern_ended != 0 && now - _pattern_ended > stray_ms)
        _pattern_ended = 0;
    const auto found = _ended_names.find(topic);
    if (found == _ended_names.end())
        return _pattern_ended != 0;
    const bool lately = now - found->second <= stray_ms;
    _ended_names.erase(found);
    return lately || _pattern_ended != 0;
}

bool slot_table_t::decide(topic_slot_t &slot)
{
    const std::string *const by = _subscriptions.match(slot.name);
    if (by)
        slot.set_match(*by, slot.unique());
    else
        _book.end(slot.losses);
    slot.wanted = by != nullptr;
    slot.epoch = _epoch;
    return slot.wanted;
}

topic_slot_t *slot_table_t::find(std::string_view topic) const
{
    const auto *const found = _slots.find(topic);
    return found ? found->get() : nullptr;
}

topic_slot_t *slot_table_t::find_or_make(std::string_view topic)
{
    if (topic_slot_t *const found = find(topic))
        return _last = found;
    if (!wire::valid_topic(topic))
        return nullptr;
    if (_slots.size() >= _sweep_at) {
        drop_unwanted();
        _sweep_at = std::max(slots_before_sweep, 2 * _slots.size());
    }
    auto slot = ref_t<topic_slot_t>::adopt(new topic_slot_t(std::string(topic)));
    if (_pattern_ended != 0 || !_ended_names.empty()) {
        const millis_t now = now_ms();
        if (ended_lately(slot->name, now))
            slot->losses.forgive_first_gap(now + stray_ms);
    }
    topic_slot_t *const made = slot.get();
    _slots.insert(std::move(slot));
    _book.take_up(made->losses, made->name);
    return _last = made;
}

void slot_table_t::drop_if_unwanted(std::string_view topic)
{
    topic_slot_t *const slot = find(topic);
    if (!slot || wanted(*slot))
        return;
    _last = nullptr;
    _slots.erase(topic);
}

void slot_table_t::drop_unwanted()
{
    _last = nullptr;
    _slots.erase_if([&](const ref_t<topic_slot_t> &slot) { return !wanted(*slot); });
}

void slot_table_t::drop_unwanted_asides()
{
    _book.drop_asides([&](const std::string &topic) { return !_subscriptions.matches(topic); });
}

// A topic that is subscribed to by name stays. So does one of which somebody holds a message.
bool slot_table_t::may_go(const topic_slot_t &slot) const
{
    return slot.unique() && !slot.losses.forgives() && !_subscriptions.contains(slot.name);
}

std::size_t slot_table_t::idle(std::size_t from, std::size_t count, millis_t now,
                               std::vector<std::string> &names)
{
    return _slots.for_some(from, count, [&](const ref_t<topic_slot_t> &slot) {
        slot->losses.stop_forgiving(now);
        const registry::stream_counts_t total = slot->losses.ledger().total();
        const std::uint64_t heard = total.received + total.lost + 1; // 0 at first: not looked at yet
        if (std::exchange(slot->heard, heard) == heard && may_go(*slot))
            names.push_back(slot->name);
    });
}

// Frames of such a topic may still wait in the socket: they find its numbers aside.
void slot_table_t::put_aside(const std::vector<std::string> &topics)
{
    for (const std::string &topic : topics) {
        topic_slot_t *const slot = find(topic);
        if (!slot || !may_go(*slot))
            continue;
        if (wanted(*slot) && !slot->losses.ledger().empty())
            _book.put_aside(slot->losses, topic);
        if (_last == slot)
            _last = nullptr;
        _slots.erase(topic);
    }
}
}
