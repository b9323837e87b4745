// Lines of the core's log on their way to Python. Threads of the core must not touch Python, and none of its
// threads may wait: they leave lines here, and one thread of Python's takes them.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "spot/base/clock.hpp"
#include "spot/base/log.hpp"
#include "spot/base/mutex.hpp"

namespace spot::binding
{
struct log_line_t
{
    log_level_t level;
    double time; // seconds since 1970
    std::string text;
};

// Any thread. Nobody holds the GIL while waiting here.
class log_queue_t
{
  public:
    static constexpr std::size_t limit = 10000;

    // Drops the line when `limit` of them wait, or after close().
    void put(log_level_t level, std::string_view text);
    // Appends what waits, and waits for the first. False when there is nothing and never will be.
    bool take(std::vector<log_line_t> &lines, std::uint64_t &dropped, millis_t timeout_ms);
    void close();

    // Whoever gets true is the one who takes; false after close().
    bool claim();
    void give_up_claim();
    // Its thread takes no more.
    void finish();
    // Waits for that. True at once when nobody claimed it.
    bool join(millis_t timeout_ms);

  private:
    mutex_t _mutex;
    std::condition_variable_any _changed; // with _mutex
    std::deque<log_line_t> _lines SPOT_GUARDED_BY(_mutex);
    std::uint64_t _dropped SPOT_GUARDED_BY(_mutex) = 0;
    bool _claimed SPOT_GUARDED_BY(_mutex) = false;
    bool _finished SPOT_GUARDED_BY(_mutex) = false;
    bool _closed SPOT_GUARDED_BY(_mutex) = false;
};
}
