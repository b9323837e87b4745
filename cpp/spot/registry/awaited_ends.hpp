// What owners said of the ends of streams, until it is known that nothing of them is on its way any more.
// Word comes by the control plane and may overtake messages, so that a barrier is asked for, which comes
// behind them. Pure: the caller locks, and time is an argument.
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
    // Of each owner no more than this are kept: whoever tells of more topics than it may have is not
    // believed.
    static constexpr std::size_t max_ends = 1'000'000;

    void expect(wire::source_t source, wire::stream_end_t end, millis_t now);
    bool empty() const { return _owners.empty(); }
    // Drops what `reached (source, end)` says is known by now.
    // What the callers' functions need locked, the callers hold; the analysis does not see that from here.
    template <typename Reached> void drop(Reached reached) SPOT_NO_THREAD_SAFETY_ANALYSIS
    {
        for (auto owner = _owners.begin(); owner != _owners.end();) {
            auto &ends = owner->second.ends;
            for (auto end = ends.begin(); end != ends.end();)
                end = reached(owner->first, end->second.told) ? ends.erase(end) : std::next(end);
            owner = ends.empty() ? _owners.erase(owner) : std::next(owner);
        }
    }

    // The owners to ask for a barrier now, and its number. `drained`: nothing waits here, so that a barrier
    // would come at once; otherwise it is asked for only now and then, because it takes a message's place.
    std::vector<std::pair<wire::source_t, std::uint64_t>> ask(millis_t now, bool drained, millis_t heartbeat);
    // That owner's barrier came: calls use(end) for what was told before it was asked for, and drops it when
    // that has returned.
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
    // Nothing more comes from that owner.
    template <typename Use> void finish(wire::source_t source, Use use) { pass(source, UINT64_MAX, use); }
    // The same, of all that is dropped.
    std::vector<wire::stream_end_t> pass(wire::source_t source, std::uint64_t number);
    std::vector<wire::stream_end_t> finish(wire::source_t source);

  private:
    struct end_t
    {
        wire::stream_end_t told;
        std::uint64_t barrier; // the first one that is behind it
    };
    struct owner_t
    {
        std::unordered_map<std::string, end_t> ends; // by topic
        std::uint64_t newest = 0;                    // the last barrier that one of them needs
        std::uint64_t asked = 0;                     // for a barrier of this number, last
        millis_t since = 0;                          // it was asked, or something was told first
    };

    std::unordered_map<wire::source_t, owner_t> _owners; // those with ends
    std::uint64_t _number = 0;                           // of the last barrier, over all owners
};
}
