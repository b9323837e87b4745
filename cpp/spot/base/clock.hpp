// Monotonic time in milliseconds. Wall-clock time is never used in a timer.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>

namespace spot
{
using millis_t = std::int64_t;

inline constexpr millis_t forever = -1;

inline millis_t now_ms()
{
    using namespace std::chrono;
    return duration_cast<milliseconds>(steady_clock::now().time_since_epoch()).count();
}

// The same clock in nanoseconds, for what is measured rather than waited for.
inline std::int64_t now_ns()
{
    using namespace std::chrono;
    return duration_cast<nanoseconds>(steady_clock::now().time_since_epoch()).count();
}

// Only to be shown.
inline std::int64_t wall_clock_ms()
{
    using namespace std::chrono;
    return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

// A point in time until which a call may wait; negative time-outs wait for ever.
class deadline_t
{
  public:
    explicit deadline_t(millis_t timeout_ms, millis_t now = now_ms())
        : _at(timeout_ms < 0 || timeout_ms > max_timeout ? std::numeric_limits<millis_t>::max()
                                                         : now + timeout_ms)
    {
    }

    bool never() const { return _at == std::numeric_limits<millis_t>::max(); }
    bool passed(millis_t now = now_ms()) const { return now >= _at; }
    millis_t at() const { return _at; }

    // What is left, at most `slice`; never negative.
    millis_t left(millis_t slice, millis_t now = now_ms()) const
    {
        return never() ? slice : std::clamp<millis_t>(_at - now, 0, slice);
    }

  private:
    static constexpr millis_t max_timeout = std::numeric_limits<millis_t>::max() / 4;
    millis_t _at;
};
}
