// Clocks and deadlines. Timers use the monotonic clock only: a change of the wall clock moves no timer.
//
// Thread safety: the functions may be called by any thread; a deadline_t does not change after it was made.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>

namespace spot
{
using millis_t = std::int64_t;

// As a time-out: no limit. Any negative time-out means the same.
inline constexpr millis_t forever = -1;

// Monotonic, in milliseconds; the point from which it counts means nothing.
inline millis_t now_ms()
{
    using namespace std::chrono;
    return duration_cast<milliseconds>(steady_clock::now().time_since_epoch()).count();
}

// The same clock in nanoseconds, for measurements.
inline std::int64_t now_ns()
{
    using namespace std::chrono;
    return duration_cast<nanoseconds>(steady_clock::now().time_since_epoch()).count();
}

// Milliseconds since 1970 by this machine's clock. For display only, never for a timer.
inline std::int64_t wall_clock_ms()
{
    using namespace std::chrono;
    return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

// The point in time until which a call may wait.
class deadline_t
{
  public:
    // `timeout_ms` from `now` on. A negative time-out, or one too large to be added, never passes.
    explicit deadline_t(millis_t timeout_ms, millis_t now = now_ms())
        : _at(timeout_ms < 0 || timeout_ms > max_timeout ? std::numeric_limits<millis_t>::max()
                                                         : now + timeout_ms)
    {
    }

    bool never() const { return _at == std::numeric_limits<millis_t>::max(); }
    bool passed(millis_t now = now_ms()) const { return now >= _at; }
    // On the clock of now_ms(); the largest millis_t where never() is true.
    millis_t at() const { return _at; }

    // The time left in milliseconds: at least 0, at most `slice`.
    millis_t left(millis_t slice, millis_t now = now_ms()) const
    {
        return never() ? slice : std::clamp<millis_t>(_at - now, 0, slice);
    }

  private:
    static constexpr millis_t max_timeout = std::numeric_limits<millis_t>::max() / 4;
    millis_t _at;
};
}
