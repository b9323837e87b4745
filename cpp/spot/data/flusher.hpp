// Ends bursts in time: stream_writer_t::flush_due says when each has waited long enough.
//
// Ownership: _armed and the flags belong to _mutex. A sink calls arm() and disarm() under its own mutex, so
// the flusher never calls a sink under _mutex.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

#include "spot/base/clock.hpp"
#include "spot/base/fork_guard.hpp"
#include "spot/base/mutex.hpp"

namespace spot
{
class stream_writer_t;

class flusher_t
{
  public:
    explicit flusher_t(int coalesce_us) : _coalesce_us(coalesce_us) {}
    ~flusher_t();
    flusher_t(const flusher_t &) = delete;
    flusher_t &operator=(const flusher_t &) = delete;

    // The sink is about to hold a burst. False: nobody would end it, because the flusher is closed or no
    // thread can be had. Throws std::bad_alloc. (The first call starts the thread.)
    bool arm(std::shared_ptr<stream_writer_t> sink);
    // The sink holds none any more.
    void disarm(const stream_writer_t &sink);
    std::int64_t coalesce_ns() const { return _coalesce_us * std::int64_t{1000}; }
    // Some sink holds a burst.
    bool pending() const { return _pending.load(std::memory_order_relaxed); }
    // Sends what waits. False when a subscriber without room keeps some of it here.
    bool flush_now();
    // Flushes until the deadline and ends the thread; idempotent. From then on there are no bursts.
    void close(const deadline_t &deadline);

  private:
    bool have_thread() SPOT_REQUIRES(_mutex);
    void run();
    void watch_bursts();
    bool wait_for_work();
    void pause(std::int64_t ns); // until then, or until close()
    std::int64_t flush_due();
    std::vector<std::shared_ptr<stream_writer_t>> armed();

    const int _coalesce_us;
    std::atomic<bool> _pending{false};

    mutex_t _mutex;
    std::condition_variable_any _changed; // with _mutex
    std::vector<std::shared_ptr<stream_writer_t>> _armed SPOT_GUARDED_BY(_mutex);
    bool _asleep SPOT_GUARDED_BY(_mutex) = false;
    bool _stop SPOT_GUARDED_BY(_mutex) = false;
    std::unique_ptr<std::thread> _thread SPOT_GUARDED_BY(_mutex); // null until the first burst
    millis_t _try_again_at SPOT_GUARDED_BY(_mutex) = 0;           // to start it: no thread could be had
    const fork_guard_t _fork;
};
}
