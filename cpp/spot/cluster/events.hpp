// The watchers of a node: each has a queue with the events that it has not read yet.
//
// Thread safety: any thread. A queue belongs to its own mutex, the list of queues to the hub's. Both may be
// taken under node_records_t::mutex, where the events come from, in this order: records, hub, queue. No other
// mutex is taken under them.
//
// Invariants:
//   1. Readers are woken when no mutex is held (event_hub_t::wake_t).
//   2. A queue whose event finds no memory tells its reader once that it has missed something.
#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include "spot/base/clock.hpp"
#include "spot/base/event.hpp"
#include "spot/base/fork_guard.hpp"
#include "spot/base/mutex.hpp"
#include "spot/base/take.hpp"
#include "spot/registry/event_log.hpp"
#include "spot/transport/wakeup.hpp"

namespace spot
{
// The queue of one watcher. It stays open until close() or until its node closes, and may outlive the node. A
// queue that is not read does not grow without limit: see registry/event_log.hpp. In a forked child it is
// closed.
class event_queue_t
{
  public:
    event_queue_t() = default; // throws std::system_error (EMFILE)
    event_queue_t(const event_queue_t &) = delete;
    event_queue_t &operator=(const event_queue_t &) = delete;

    // got, empty (not in time), closed, interrupted. All throw std::bad_alloc, once, when events were missed
    // because there was no memory for them.
    take_t take(event_t &out, const deadline_t &deadline) { return attempt_until(&out, deadline); }
    // The same without taking it.
    take_t wait(const deadline_t &deadline) { return attempt_until(nullptr, deadline); }
    // got, empty, closed, busy. Never waits, not even for the mutex.
    take_t try_take(event_t &out);
    // Readable (level-triggered) while an event waits, and once the queue is closed. -1 and errno (ENOTSOCK).
    int fd();
    // Idempotent. Calls that wait return `closed`; events that were not read are dropped.
    void close();
    bool closed() const;

  private:
    friend class event_hub_t;

    // Whether wake() must follow.
    bool put(event_t event);
    void wake() { _signal.set(); }
    // An event could not be put in.
    void miss();
    // A null `out`: only looks.
    take_t attempt(event_t *out) SPOT_REQUIRES(_mutex);
    take_t attempt_until(event_t *out, const deadline_t &deadline);

    const fork_guard_t _fork;
    wakeup_t _signal; // self-synchronised; readable while there is something to take, or closed
    mutable mutex_t _mutex;
    registry::event_log_t _log SPOT_GUARDED_BY(_mutex);
    bool _closed SPOT_GUARDED_BY(_mutex) = false;
    bool _missed SPOT_GUARDED_BY(_mutex) = false;
};

class event_hub_t
{
  public:
    // Wakes the readers of the queues that were told something. It is declared before the lock under which
    // that happens, so that it ends after the lock.
    class wake_t
    {
      public:
        wake_t() = default;
        ~wake_t();
        wake_t(const wake_t &) = delete;
        wake_t &operator=(const wake_t &) = delete;

      private:
        friend class event_hub_t;
        std::vector<std::shared_ptr<event_queue_t>> _queues;
    };

    // False: there is no watcher, and nothing need be told. One load.
    bool watched() const { return _watched.load(std::memory_order_acquire); }
    // A queue that begins with `current`. The caller holds a mutex that keeps everything that may be told
    // from changing meanwhile. Null and errno: ENOTSOCK (closed), EMFILE.
    std::shared_ptr<event_queue_t> watch(std::vector<event_t> current);
    void tell(const event_t &event, wake_t &wake);
    // There was no memory for an event: all watchers are told that they missed one.
    void miss();
    // Closes every queue, and those to come.
    void close();

  private:
    mutex_t _mutex;
    // Weak: a watcher whose queue is gone is left out, and removed by the next tell().
    std::vector<std::weak_ptr<event_queue_t>> _queues SPOT_GUARDED_BY(_mutex);
    bool _closed SPOT_GUARDED_BY(_mutex) = false;
    std::atomic<bool> _watched{false}; // written under _mutex
};
}
