// Says when a peer is told of the subscriptions of this node's receivers: at once after a pause, and at
// intervals while they change, because each report is a receiver's whole list.
//
// Thread safety: none; the service thread owns it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <set>

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
    // A receiver to be told of; it is told of when told() says so.
    std::optional<std::uint32_t> next() const
    {
        return _changed.empty() ? std::nullopt : std::optional<std::uint32_t>(*_changed.begin());
    }
    void told(std::uint32_t receiver) { _changed.erase(receiver); }
    // `names`: how many there were in all.
    void pause(millis_t now, std::size_t names)
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
