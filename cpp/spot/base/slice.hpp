// The time that one turn of long work may take. The work asks whether its slice is over, and if so leaves the
// rest for its next turn.
//
// Thread safety: for one thread.
#pragma once

#include <chrono>

namespace spot
{
class slice_t
{
  public:
    explicit slice_t(std::chrono::microseconds length) : _end(clock_t::now() + length) {}

    // For short steps: it reads the clock at every 32nd call only.
    bool over()
    {
        if (!_over && ++_asked % asked_per_look == 0)
            _over = clock_t::now() >= _end;
        return _over;
    }
    // For long steps: it reads the clock at every call.
    bool over_now() { return _over = _over || clock_t::now() >= _end; }

  private:
    using clock_t = std::chrono::steady_clock;
    static constexpr unsigned asked_per_look = 32;
    const clock_t::time_point _end;
    unsigned _asked = 0;
    bool _over = false;
};
}
