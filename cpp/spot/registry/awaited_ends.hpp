// The ends of streams that owners have told (ENDS), kept until no message of those streams can be on its way
// any more. ENDS comes by the control connection and may overtake messages; so the receiver asks the owner
// for a barrier, which comes behind them on the data connection. PROTOCOL.md, "ENDS and BARRIER".
//
// Thread safety: none; the caller locks. Pure: time is an argument.
//
// Invariants:
// 1. An end is dropped as passed only by a barrier that was asked for after the end was told.
// 2. An owner has an entry exactly while it has ends.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "spot/base/clock.hpp"
#include "spot/base/mutex.hpp"
#include "spot/wire/control.hpp"
#include "spot/wire/node_id.hpp"

namespace spot::registry
{
class awaited_ends_t
{
  public:
    // The most ends that are kept of one owner: no owner has more topics. Further ends are ignored.
    static constexpr std::size_t max_ends = 1'000'000;

    // Notes an end; a later end of the same topic replaces it. Throws std::bad_alloc.
    void expect(wire::source_t source, wire::stream_end_t end, millis_t now);
    bool empty() const { return _owners.empty(); }
    // Drops each end for which `reached (source, end)` is true: all its messages have come. Here and below
    // the caller holds the locks that its function needs; the thread-safety analysis cannot see them from
    // here.
    template <typename Reached> void drop(Reached reached) SPOT_NO_THREAD_SAFETY_ANALYSIS
    {
        for (auto owner = _owners.begin(); owner != _owners.end();) {
            auto &ends = owner->second.ends;
            for (auto end = ends.begin(); end != ends.end();)
                end = reached(owner->first, end->second.told) ? ends.erase(end) : std::next(end);
            owner = ends.empty() ? _owners.erase(owner) : std::next(owner);
        }
    }

    // The owners to ask for a barrier now, each with the number of the barrier. `drained`: no message waits
    // at the caller, so that a barrier would be read at once. Otherwise an owner is asked every four
    // heartbeats only, because a barrier takes a message's place in the queue. Throws std::bad_alloc.
    std::vector<std::pair<wire::source_t, std::uint64_t>> ask(millis_t now, bool drained, millis_t heartbeat);
    // The owner's barrier of that number came. Calls `use (end)` for each end that was told before that
    // barrier was asked for, and drops the end when `use` has returned.
    template <typename Use>
    void pass(wire::source_t source, std::uint64_t number, Use use) SPOT_NO_THREAD_SAFETY_ANALYSIS
    {
        const auto owner = _owners.find(source);
        if (owner == _owners.end())
            return;
        auto &ends = owner->second.ends;
        for (auto end = ends.begin(); end != ends.end();) {
            if (end->second.barrier <= number) {
                use(end->second.told);
                end = ends.erase(end);
            } else {
                ++end;
            }
        }
        if (ends.empty())
            _owners.erase(owner);
    }
    // The owner's data connection has ended: as pass(), for all its ends.
    template <typename Use> void finish(wire::source_t source, Use use) { pass(source, UINT64_MAX, use); }
    // The same, returning the ends that were dropped.
    std::vector<wire::stream_end_t> pass(wire::source_t source, std::uint64_t number);
    std::vector<wire::stream_end_t> finish(wire::source_t source);

  private:
    struct end_t
    {
        wire::stream_end_t told;
        std::uint64_t barrier; // the number of the first barrier that will come behind this end
    };
    struct owner_t
    {
        std::unordered_map<std::string, end_t> ends; // by topic
        std::uint64_t newest = 0;                    // the highest barrier that an end of the owner needs
        std::uint64_t asked = 0;                     // the number of the barrier that was last asked for
        millis_t since = 0;                          // when the owner was last asked, or told its first end
    };

    std::unordered_map<wire::source_t, owner_t> _owners;
    std::uint64_t _number = 0; // of the last barrier that was asked for, over all owners
};
}
