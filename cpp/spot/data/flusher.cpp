#include "spot/data/flusher.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "spot/base/no_memory.hpp"
#include "spot/data/stream_writer.hpp"
#include "spot/transport/thread.hpp"

namespace spot
{
namespace
{
// A stream that goes on arms a sink again within one period; after so many quiet ones the thread sleeps.
constexpr int quiet_periods = 4;
// What begins to wait while the thread sleeps is seen that many periods later at most.
constexpr int longest_sleep = 2;
constexpr int flush_slice_ms = 1;
// Asking the system for a thread that it does not give costs more than a message.
constexpr millis_t retry_ms = 100;
// A pause that close() need not be able to end.
constexpr std::int64_t short_pause_ns = 1'000'000;
}

flusher_t::~flusher_t()
{
    if (!_fork.forked()) {
        close(deadline_t(0));
        return;
    }
    // The thread is the parent's.
    static_cast<void>(_thread.release());
}

bool flusher_t::arm(std::shared_ptr<stream_writer_t> sink)
{
    const lock_t lock(_mutex);
    if (_stop || !have_thread())
        return false;
    _armed.push_back(std::move(sink));
    _pending.store(true, std::memory_order_relaxed);
    if (_asleep)
        _changed.notify_all();
    return true;
}

bool flusher_t::have_thread()
{
    if (_thread)
        return true;
    const millis_t now = now_ms();
    if (now < _try_again_at)
        return false;
    auto thread = std::make_unique<std::thread>();
    if (start_thread(*thread, "spot-flush", [this] { run(); }) != 0) {
        _try_again_at = now + retry_ms;
        return false;
    }
    _thread = std::move(thread);
    return true;
}

void flusher_t::disarm(const stream_writer_t &sink)
{
    const lock_t lock(_mutex);
    const auto is_it = [&](const std::shared_ptr<stream_writer_t> &one) { return one.get() == &sink; };
    _armed.erase(std::remove_if(_armed.begin(), _armed.end(), is_it), _armed.end());
    _pending.store(!_armed.empty(), std::memory_order_relaxed);
}

std::vector<std::shared_ptr<stream_writer_t>> flusher_t::armed()
{
    const lock_t lock(_mutex);
    return _armed;
}

bool flusher_t::flush_now()
{
    bool all = true;
    for (const std::shared_ptr<stream_writer_t> &sink : armed())
        all = sink->flush_bursts() && all;
    return all;
}

// Nanoseconds until something may be due again.
std::int64_t flusher_t::flush_due()
{
    const std::int64_t now = now_ns();
    std::int64_t next = now + longest_sleep * coalesce_ns();
    for (const std::shared_ptr<stream_writer_t> &sink : armed())
        next = std::min(next, sink->flush_due(now));
    return next - now;
}

bool flusher_t::wait_for_work()
{
    const lock_t lock(_mutex);
    _asleep = true;
    while (_armed.empty() && !_stop)
        _changed.wait(_mutex);
    _asleep = false;
    return !_stop;
}

void flusher_t::pause(std::int64_t ns)
{
    if (ns <= short_pause_ns) {
        sleep_exactly(ns);
        return;
    }
    const auto until = std::chrono::steady_clock::now() + std::chrono::nanoseconds(ns);
    const lock_t lock(_mutex);
    while (!_stop && _changed.wait_until(_mutex, until) == std::cv_status::no_timeout) {
    }
}

// Where the list of sinks finds no memory, the next round looks again.
void flusher_t::run()
{
    while (!attempt([this] { watch_bursts(); }))
        pause(coalesce_ns());
}

void flusher_t::watch_bursts()
{
    while (wait_for_work()) {
        std::int64_t sleep_ns = coalesce_ns();
        for (int quiet = 0; quiet < quiet_periods; ++quiet) {
            pause(sleep_ns);
            sleep_ns = coalesce_ns();
            if (pending()) {
                sleep_ns = flush_due();
                quiet = 0;
            }
        }
    }
}

void flusher_t::close(const deadline_t &deadline)
{
    bool all = false;
    while (!(attempt([&] { all = flush_now(); }) && all) && !deadline.passed())
        sleep_exactly(flush_slice_ms * std::int64_t{1000000});
    std::unique_ptr<std::thread> thread;
    std::vector<std::shared_ptr<stream_writer_t>> last;
    {
        const lock_t lock(_mutex);
        _stop = true;
        last.swap(_armed);
        _pending.store(false, std::memory_order_relaxed); // or the thread looks for it for ever
        _changed.notify_all();
        thread.swap(_thread);
    }
    if (thread)
        thread->join();
    // What somebody published meanwhile. None comes after it.
    for (const std::shared_ptr<stream_writer_t> &sink : last)
        attempt([&] { sink->flush_bursts(); });
}
}
