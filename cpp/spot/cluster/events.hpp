// Who watches a node, and what each watcher has not read yet.
//
// Ownership: a queue belongs to its own mutex, the list of queues to the hub's. Both may be taken under
// shared_state_t's, where the events come from, and nothing is taken under them; whoever reads is woken when
// none is held (event_hub_t::wake_t).
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
// One watcher's own queue; any thread. It stays open until close() or until its node closes, and outlives
// the node. A queue that is not read does not grow without limit: see registry/event_log.hpp. In a forked
// child it is closed.
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
    // Idempotent. Whoever waits gets `closed`; what was not read is dropped.
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
    // Wakes the readers of the queues that were told something: to be declared before the lock under which
    // that happens.
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

    // False: what happens need not be told. One load.
    bool watched() const { return _watched.load(std::memory_order_acquire); }
    // A queue that begins with `current`. The caller keeps everything that may be told from changing in
    // between. Null and errno: ENOTSOCK (closed), EMFILE.
    std::shared_ptr<event_queue_t> watch(std::vector<event_t> current);
    void tell(const event_t &event, wake_t &wake);
    // There was no memory for an event: all that watch are told that they missed one.
    void miss();
    // Closes every queue, and those to come.
    void close();

  private:
    mutex_t _mutex;
    // A watcher that is gone needs no farewell.
    std::vector<std::weak_ptr<event_queue_t>> _queues SPOT_GUARDED_BY(_mutex);
    bool _closed SPOT_GUARDED_BY(_mutex) = false;
    std::atomic<bool> _watched{false}; // written under _mutex
};
}
