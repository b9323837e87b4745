// How long a task may go on without a pause on its event loop. Messages that wait are handed over without
// one, which is what makes iterating fast; a stream without an end would keep every other task from running.
#pragma once

#include <algorithm>
#include <cstdint>

#include "spot/base/clock.hpp"

namespace spot::binding
{
// Of the calling thread, and so of its event loop. Time decides, so that the length of a turn depends neither
// on how long messages are nor on what is done with them. The clock is not read for each of those that take
// no time, as that would be a quarter of what such a message costs.
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
        _left = is_over ? 1 : _stride; // and stays so until the next one begins, whoever asks
        return is_over;
    }

    static constexpr std::int64_t length_ns = 1'000'000;
    static constexpr std::int64_t quick_ns = 20'000;
    static constexpr int longest_stride = 16;

    static inline thread_local std::int64_t _began_ns = 0;
    static inline thread_local std::int64_t _looked_ns = 0; // when the clock was read last
    static inline thread_local int _stride = 1;             // it is read once in so many calls
    static inline thread_local int _left = 1;               // of them
};
}
