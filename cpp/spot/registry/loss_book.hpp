// The losses of one receive queue: what is still to be reported to the owners, what came in subscriptions
// that have ended, and the numbers of topics that are gone.
//
// Pure. Not thread-safe: the caller locks, and time is an argument.
//
// Invariants:
// 1. A loss is counted in the topic's ledger and among the unreported ones, or in neither.
// 2. For each owner, ended() and the ledgers of all topics together count each message once: what end() or
//    put_aside() moves to ended() leaves the ledger, or is taken off again by take_up().
// 3. At most max_aside topics are kept aside; the oldest goes first.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "spot/base/clock.hpp"
#include "spot/base/mutex.hpp"
#include "spot/registry/remembered.hpp"
#include "spot/registry/topic_losses.hpp"

namespace spot::registry
{
class loss_book_t
{
  public:
    using clock_fn_t = millis_t (*)();
    using by_topic_t = std::unordered_map<std::string, std::uint64_t>;

    explicit loss_book_t(clock_fn_t now) : _now(now) {}

    // A live frame of that topic and source arrived: see stream_t::advance(). Returns how many messages were
    // lost just before it. Throws std::bad_alloc, and then nothing was counted.
    std::uint64_t advance(topic_losses_t &topic, const std::string &name, wire::source_t source,
                          std::uint64_t seq, std::uint64_t count, std::uint64_t bytes);
    // The same for a mark: the next message of the source tells what was lost.
    std::uint64_t advance_to_mark(topic_losses_t &topic, const std::string &name, wire::source_t source,
                                  std::uint64_t next);

    // What was lost and is not reported yet, by source and topic. Some may be 0.
    const std::unordered_map<wire::source_t, by_topic_t> &unreported() const { return _unreported; }
    void clear_unreported() { _unreported.clear(); }

    // The subscription to the topic has ended: its owners keep what came, the topic does not. Throws
    // std::bad_alloc, and then nothing has changed.
    void end(topic_losses_t &topic);
    // The topic is gone, but its subscription is not: its numbers are kept for the case that it comes back.
    void put_aside(topic_losses_t &topic, const std::string &name);
    // A topic that comes back goes on with its numbers.
    void take_up(topic_losses_t &topic, const std::string &name);
    // Null when nothing is kept of the topic.
    const topic_losses_t *find_aside(std::string_view name) const;
    // Forgets the topics for which unwanted(name) is true: their numbers must not be taken for a loss in a
    // later subscription. The callers hold what their functions need locked; the analysis does not see that
    // from here.
    template <typename Unwanted> void drop_asides(Unwanted unwanted) SPOT_NO_THREAD_SAFETY_ANALYSIS
    {
        _aside.erase_if([&](const aside_t &aside) { return unwanted(aside.topic); });
    }

    // These sources are gone for good.
    void forget(const std::vector<wire::source_t> &sources);

    // What came of each source in subscriptions that have ended, and in topics that are aside.
    const owner_counts_t &ended() const { return _ended; }

  private:
    struct aside_t
    {
        std::string topic;
        topic_losses_t losses;
    };
    static constexpr std::size_t max_aside = 16384;

    void keep_counts(const loss_ledger_t &ledger);

    const clock_fn_t _now;
    std::unordered_map<wire::source_t, by_topic_t> _unreported;
    owner_counts_t _ended;
    remembered_t<aside_t> _aside{max_aside};
};
}
