// A share of time. Work that may be long looks at it now and then, and leaves the rest for its next turn.
#pragma once

#include <chrono>

namespace spot
{
class slice_t
{
  public:
    explicit slice_t(std::chrono::microseconds length) : _end(clock_t::now() + length) {}

    // Cheap enough to be asked at every step: it looks at the clock each time that it was asked so often.
    bool over()
    {
        if (!_over && ++_asked % asked_per_look == 0)
            _over = clock_t::now() >= _end;
        return _over;
    }
    // The same, of a step that takes long itself.
    bool over_now() { return _over = _over || clock_t::now() >= _end; }

  private:
    using clock_t = std::chrono::steady_clock;
    static constexpr unsigned asked_per_look = 32;
    const clock_t::time_point _end;
    unsigned _asked = 0;
    bool _over = false;
};
}
