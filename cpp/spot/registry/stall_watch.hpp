// How long the subscriber that everybody waits for has taken nothing.
//
// Time counts only while it is looked at: a look that comes late says nothing of the time before, so that one
// look adds at most longest_look_ms.
//
// Thread safety: none; the owner's. (In a node: the service thread.)
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>

#include "spot/base/clock.hpp"

namespace spot::registry
{
class stall_watch_t
{
  public:
    static constexpr millis_t longest_look_ms = 1000;

    // From now on it is that subscriber; `released` is a number that changes whenever it takes something. For
    // the same subscriber as before time goes on counting.
    void wait_for(const std::string &subscriber, std::uint64_t released)
    {
        if (subscriber == _subscriber)
            return;
        _subscriber = subscriber;
        _released = released;
        _stalled_for = 0;
    }
    const std::string &subscriber() const { return _subscriber; }

    // Returns for how long it has taken nothing.
    millis_t look(std::uint64_t released, millis_t now)
    {
        const millis_t elapsed = std::min(now - std::exchange(_looked_at, now), longest_look_ms);
        const bool took = released != std::exchange(_released, released);
        _stalled_for = took ? 0 : _stalled_for + elapsed;
        return _stalled_for;
    }

  private:
    std::string _subscriber;
    std::uint64_t _released = 0;
    millis_t _stalled_for = 0;
    millis_t _looked_at = 0;
};
}
