// How other threads ask the service thread to do something: a task and a wake-up. Sockets are never shared.
#pragma once

#include <functional>
#include <utility>
#include <vector>

#include "spot/base/mutex.hpp"
#include "spot/transport/wakeup.hpp"

namespace spot
{
class mailbox_t
{
  public:
    using task_t = std::function<void()>;

    // False after close(): the task will not run.
    bool post(task_t task)
    {
        {
            const lock_t lock(_mutex);
            if (_closed)
                return false;
            _tasks.push_back(std::move(task));
        }
        _wakeup.set();
        return true;
    }

    // The service thread: everything posted so far, in order.
    std::vector<task_t> take()
    {
        _wakeup.clear();
        const lock_t lock(_mutex);
        return std::exchange(_tasks, {});
    }

    void close()
    {
        const lock_t lock(_mutex);
        _closed = true;
    }

    wakeup_t &wakeup() { return _wakeup; }

  private:
    wakeup_t _wakeup;
    mutex_t _mutex;
    std::vector<task_t> _tasks SPOT_GUARDED_BY(_mutex);
    bool _closed SPOT_GUARDED_BY(_mutex) = false;
};
}
