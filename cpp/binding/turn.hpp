// Limits how long a task may run on its event loop without a pause (a turn). An iterator hands over waiting
// messages without a pause, which makes it fast; with an endless stream it would keep all other tasks from
// running.
#pragma once

#include <algorithm>
#include <cstdint>

#include "spot/base/clock.hpp"

namespace spot::binding
{
// Each thread, and so each event loop, has its own turn. A turn ends after a millisecond, independently of
// the size of messages and the work on them. While messages take little time the clock is read only at every
// 16th, because reading it would be a quarter of such a message's cost.
class turn_t
{
  public:
    static void begin()
    {
        _began_ns = _looked_ns = now_ns();
        _stride = _left = 1;
    }
    // True until the next begin().
    static bool over() { return --_left <= 0 && look(); }

  private:
    static bool look()
    {
        const std::int64_t now = now_ns();
        const bool quick = now - _looked_ns < quick_ns;
        _looked_ns = now;
        _stride = quick ? std::min(2 * _stride, longest_stride) : 1;
        const bool is_over = now - _began_ns > length_ns;
        _left = is_over ? 1 : _stride; // 1: every later call reads the clock, and the turn stays over
        return is_over;
    }

    static constexpr std::int64_t length_ns = 1'000'000;
    static constexpr std::int64_t quick_ns = 20'000;
    static constexpr int longest_stride = 16;

    static inline thread_local std::int64_t _began_ns = 0;
    static inline thread_local std::int64_t _looked_ns = 0; // when the clock was read last
    static inline thread_local int _stride = 1;             // in how many calls the clock is read once
    static inline thread_local int _left = 1;               // how many calls are left before it is read
};
}
