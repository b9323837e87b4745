// A bounded queue of lines of the core's log. Threads of the core must neither touch Python nor wait, so that
// they put lines here, and one Python thread takes them.
//
// Thread safety: any thread. Call take() and join(), which wait, without the GIL.
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

class log_queue_t
{
  public:
    static constexpr std::size_t limit = 10000;

    // Adds a line. Drops and counts it when `limit` lines wait; drops it after close().
    void put(log_level_t level, std::string_view text);
    // Waits for a line and appends all that wait. `dropped`: how many were dropped since the last call.
    // False: the queue is closed and empty.
    bool take(std::vector<log_line_t> &lines, std::uint64_t &dropped, millis_t timeout_ms);
    void close();

    // Claims the right to take lines. False: another thread has it, or the queue is closed.
    bool claim();
    void give_up_claim();
    // Called by the thread that takes lines when it ends.
    void finish();
    // Waits for finish(). True at once when no thread has claimed the queue.
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
