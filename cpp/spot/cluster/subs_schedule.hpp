// When a peer is told what this node's receivers subscribe to: at once after a pause, and not too often while
// it changes, because each time it is a receiver's whole list.
//
// Ownership: the service thread.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <set>
#include <utility>

#include "spot/base/clock.hpp"

namespace spot
{
class subs_schedule_t
{
  public:
    void changed(std::uint32_t receiver) { _changed.insert(receiver); }
    void forget() { _changed.clear(); }
    // max() when there is nothing to tell.
    millis_t due_at() const { return _changed.empty() ? std::numeric_limits<millis_t>::max() : _not_before; }
    // The receivers to be told of.
    std::set<std::uint32_t> take() { return std::exchange(_changed, {}); }
    // `names`: how many there were in all.
    void told(millis_t now, std::size_t names)
    {
        _not_before = now + std::max(spacing_ms, static_cast<millis_t>(names / names_per_ms));
    }

  private:
    static constexpr millis_t spacing_ms = 50;
    static constexpr std::size_t names_per_ms = 200;

    std::set<std::uint32_t> _changed;
    millis_t _not_before = 0;
};
}
