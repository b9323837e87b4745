// The subscriptions of one receiver, and its slots: one for each topic of which a frame came.
//
// Not thread-safe: the receiver's mutex guards it.
//
// Invariants:
// 1. wanted() is worked out once for each slot and epoch. Each change of the subscriptions begins a new
// epoch.
// 2. A slot that is not wanted counts nothing: its streams are moved to the loss book when that is found out.
//    It only caches that verdict (a pattern's prefix lets such topics in), and goes at the next sweep.
// 3. The first gap of a topic is forgiven if its slot is made within stray_ms of the end of an earlier
//    subscription: see topic_losses_t.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "spot/base/clock.hpp"
#include "spot/base/mutex.hpp"
#include "spot/base/ref.hpp"
#include "spot/data/topic_slot.hpp"
#include "spot/registry/loss_book.hpp"
#include "spot/registry/name_table.hpp"
#include "spot/registry/subscriptions.hpp"

namespace spot
{
class slot_table_t
{
  public:
    // The book must outlive the table.
    explicit slot_table_t(registry::loss_book_t &book) : _book(book) {}

    // --- subscriptions ------------------------------------------------------------------------------
    // To be called before each change, and once for several that belong together.
    void begin_change() { ++_epoch; }
    std::uint64_t epoch() const { return _epoch; }
    registry::subscription_table_t &subscriptions() { return _subscriptions; }
    const registry::subscription_table_t &subscriptions() const { return _subscriptions; }
    // A subscription to that name or pattern is about to end. Throws std::bad_alloc.
    void note_end(const std::string &name);

    // --- slots --------------------------------------------------------------------------------------
    // Throws std::bad_alloc, and then nothing has changed.
    bool wanted(topic_slot_t &slot) { return slot.epoch == _epoch ? slot.wanted : decide(slot); }
    // The topic's slot, made when there is none. Null when that is no valid name of a topic.
    topic_slot_t *ensure(std::string_view topic)
    {
        return _last && _last->name == topic ? _last : find_or_make(topic);
    }
    topic_slot_t *find(std::string_view topic) const;
    void drop_if_unwanted(std::string_view topic);
    void drop_unwanted();
    // Forgets what the loss book keeps of topics that are gone and that no subscription matches.
    void drop_unwanted_asides();
    std::size_t size() const { return _slots.size(); }
    // Calls use(slot) for each. The callers hold what their functions need locked; the analysis does not see
    // that from here.
    template <typename Use> void for_each(Use use) const SPOT_NO_THREAD_SAFETY_ANALYSIS
    {
        _slots.for_each([&](const ref_t<topic_slot_t> &slot) SPOT_NO_THREAD_SAFETY_ANALYSIS { use(*slot); });
    }

    // --- topics that are gone -----------------------------------------------------------------------
    // Looks at `count` topics that patterns let in, from `from` on. Appends those of which nothing came since
    // the last look at them. Returns where to go on; 0 at the end.
    std::size_t idle(std::size_t from, std::size_t count, millis_t now, std::vector<std::string> &names);
    // These topics exist no more: their slots go, and the loss book keeps the numbers of those that are
    // wanted.
    void put_aside(const std::vector<std::string> &topics);

  private:
    static constexpr std::size_t slots_before_sweep = 4096;
    static std::string_view name_of(const ref_t<topic_slot_t> &slot) { return slot->name; }

    bool decide(topic_slot_t &slot);
    topic_slot_t *find_or_make(std::string_view topic);
    bool may_go(const topic_slot_t &slot) const;
    bool ended_lately(const std::string &topic, millis_t now);

    registry::loss_book_t &_book;
    registry::subscription_table_t _subscriptions;
    std::uint64_t _epoch = 1;
    registry::name_table_t<ref_t<topic_slot_t>, name_of> _slots;
    topic_slot_t *_last = nullptr;                          // the slot that was asked for last
    std::size_t _sweep_at = slots_before_sweep;             // unwanted slots go when there are so many
    std::unordered_map<std::string, millis_t> _ended_names; // when a subscription to the name ended
    millis_t _pattern_ended = 0;                            // when one to any pattern did; 0: not lately
};
}
