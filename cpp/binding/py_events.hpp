// A watcher's queue of events as Python holds it.
#pragma once

#include <Python.h>

#include <memory>
#include <utility>

#include "spot/base/fork_guard.hpp"
#include "spot/cluster/events.hpp"

namespace spot::binding
{
// The queue outlives its node; only the last reference to it goes with this object, and that waits for
// nobody.
class py_events_t
{
  public:
    explicit py_events_t(std::shared_ptr<event_queue_t> queue) : _queue(std::move(queue)) {}

    event_queue_t &queue() const { return *_queue; }
    bool forked() const { return _fork.forked(); }

  private:
    const std::shared_ptr<event_queue_t> _queue;
    const fork_guard_t _fork;
};
}
