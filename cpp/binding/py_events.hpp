// The native part of spotmq.Events: a watcher's queue.
#pragma once

#include <Python.h>

#include <memory>
#include <utility>

#include "spot/base/fork_guard.hpp"
#include "spot/cluster/events.hpp"

namespace spot::binding
{
// It may outlive its node. Destroying it waits for no other thread.
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
