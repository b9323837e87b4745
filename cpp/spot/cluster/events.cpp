#include "spot/cluster/events.hpp"

#include <cerrno>
#include <mutex>
#include <new>
#include <system_error>
#include <utility>

#include "spot/base/errors.hpp"
#include "spot/base/interrupt.hpp"
#include "spot/base/no_memory.hpp"
#include "spot/transport/poll.hpp"

namespace spot
{
take_t event_queue_t::attempt_until(event_t *out, const deadline_t &deadline)
{
    for (;;) {
        if (_fork.forked())
            return take_t::closed;
        {
            const lock_t lock(_mutex);
            const take_t result = attempt(out);
            if (result != take_t::empty)
                return result;
        }
        if (deadline.passed())
            return take_t::empty;
        const int fd = _signal.fd();
        const int ready = wait_readable(&fd, 1, deadline.left(interrupt_slice_ms));
        if (ready < 0 && errno == EINTR && !interrupt_hook().load(std::memory_order_relaxed))
            return take_t::interrupted;
        if (ready <= 0 && interrupted())
            return take_t::interrupted;
    }
}

take_t event_queue_t::try_take(event_t &out)
{
    if (_fork.forked())
        return take_t::closed;
    if (!_mutex.try_lock())
        return take_t::busy;
    const lock_t lock(_mutex, std::adopt_lock);
    return attempt(&out);
}

take_t event_queue_t::attempt(event_t *out)
{
    if (_closed)
        return take_t::closed;
    if (_missed) {
        _missed = false;
        if (_log.empty())
            _signal.clear();
        throw std::bad_alloc();
    }
    const bool got = !_log.empty();
    if (got && out)
        *out = _log.take();
    // Also when nothing was there: put() may have set the signal for an event that was taken before that.
    if (_log.empty())
        _signal.clear();
    return got ? take_t::got : take_t::empty;
}

bool event_queue_t::put(event_t event)
{
    const lock_t lock(_mutex);
    if (_closed)
        return false;
    const bool was_empty = _log.empty();
    _log.add(std::move(event));
    // Merging may have emptied the log: then a reader that comes finds nothing and clears the signal.
    return was_empty && !_log.empty();
}

void event_queue_t::miss()
{
    {
        const lock_t lock(_mutex);
        if (_closed)
            return;
        _missed = true;
    }
    wake();
}

int event_queue_t::fd()
{
    return closed() ? fail(ENOTSOCK) : _signal.fd();
}

void event_queue_t::close()
{
    if (_fork.forked())
        return;
    {
        const lock_t lock(_mutex);
        if (_closed)
            return;
        _closed = true;
        _log.clear();
    }
    wake(); // and never cleared again
}

bool event_queue_t::closed() const
{
    if (_fork.forked())
        return true;
    const lock_t lock(_mutex);
    return _closed;
}

event_hub_t::wake_t::~wake_t()
{
    for (const std::shared_ptr<event_queue_t> &queue : _queues)
        queue->wake();
}

std::shared_ptr<event_queue_t> event_hub_t::watch(std::vector<event_t> current)
{
    std::shared_ptr<event_queue_t> queue;
    try {
        queue = std::make_shared<event_queue_t>();
    } catch (const std::system_error &error) {
        errno = error.code().value();
        return nullptr;
    }
    bool filled = false;
    for (event_t &event : current)
        filled = queue->put(std::move(event)) || filled;
    {
        const lock_t lock(_mutex);
        if (_closed) {
            errno = ENOTSOCK;
            return nullptr;
        }
        _queues.push_back(queue);
        _watched.store(true, std::memory_order_release);
    }
    if (filled)
        queue->wake(); // no other thread has the queue yet, so that this does not wait for a reader
    return queue;
}

void event_hub_t::tell(const event_t &event, wake_t &wake)
{
    const lock_t lock(_mutex);
    std::size_t kept = 0;
    for (std::size_t i = 0; i < _queues.size(); ++i) {
        std::shared_ptr<event_queue_t> queue = _queues[i].lock();
        if (!queue || queue->closed())
            continue;
        if (kept != i)
            _queues[kept] = std::move(_queues[i]);
        ++kept;
        // A watcher for whose event there is no memory is told that it missed one.
        bool must_wake = false;
        if (!attempt([&] { must_wake = queue->put(event); }))
            queue->miss();
        else if (must_wake && !attempt([&] { wake._queues.push_back(queue); }))
            queue->wake();
    }
    _queues.resize(kept);
    _watched.store(kept > 0, std::memory_order_release);
}

void event_hub_t::miss()
{
    const lock_t lock(_mutex);
    for (const std::weak_ptr<event_queue_t> &held : _queues)
        if (const std::shared_ptr<event_queue_t> queue = held.lock())
            queue->miss();
}

void event_hub_t::close()
{
    std::vector<std::weak_ptr<event_queue_t>> queues;
    {
        const lock_t lock(_mutex);
        _closed = true;
        queues.swap(_queues);
        _watched.store(false, std::memory_order_release);
    }
    for (const std::weak_ptr<event_queue_t> &held : queues)
        if (const std::shared_ptr<event_queue_t> queue = held.lock())
            queue->close();
}
}
