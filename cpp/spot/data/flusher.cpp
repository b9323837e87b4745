#include "spot/data/flusher.hpp"

#include <utility>

#include "spot/data/socket_sink.hpp"
#include "spot/transport/thread.hpp"

namespace spot
{
namespace
{
// A stream that goes on arms a sink again within one period; after so many quiet ones the thread sleeps.
constexpr int quiet_periods = 4;
constexpr int room_slice_ms = 1;
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

void flusher_t::arm(std::shared_ptr<socket_sink_t> sink)
{
    const lock_t lock(_mutex);
    if (_stop)
        return;
    if (!_thread)
        _thread = std::make_unique<std::thread>(start_thread("spot-flush", [this] { run(); }));
    _armed.push_back(std::move(sink));
    _pending.store(true, std::memory_order_relaxed);
    if (_asleep)
        _changed.notify_all();
}

bool flusher_t::flush_now()
{
    std::vector<std::shared_ptr<socket_sink_t>> sinks;
    {
        const lock_t lock(_mutex);
        sinks.swap(_armed);
        _pending.store(false, std::memory_order_relaxed);
    }
    bool all = true;
    for (std::shared_ptr<socket_sink_t> &sink : sinks) {
        if (sink->flush_bursts())
            continue;
        all = false;
        const lock_t lock(_mutex);
        _armed.push_back(std::move(sink));
        _pending.store(true, std::memory_order_relaxed);
    }
    return all;
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

void flusher_t::run()
{
    while (wait_for_work()) {
        for (int quiet = 0; quiet < quiet_periods; ++quiet) {
            sleep_exactly(_coalesce_us);
            if (pending()) {
                flush_now();
                quiet = 0;
            }
        }
    }
}

void flusher_t::close(const deadline_t &deadline)
{
    while (!flush_now() && !deadline.passed())
        sleep_exactly(room_slice_ms * 1000);
    std::unique_ptr<std::thread> thread;
    {
        const lock_t lock(_mutex);
        _stop = true;
        _armed.clear();
        _changed.notify_all();
        thread.swap(_thread);
    }
    if (thread)
        thread->join();
}
}
