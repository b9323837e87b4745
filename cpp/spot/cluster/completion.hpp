// The end of a request that the service thread works on while a caller waits.
#pragma once

#include <condition_variable>
#include <string>
#include <utility>
#include <vector>

#include "spot/base/clock.hpp"
#include "spot/base/errors.hpp"
#include "spot/base/interrupt.hpp"
#include "spot/base/mutex.hpp"
#include "spot/base/types.hpp"

namespace spot
{
class completion_t
{
  public:
    // `error` 0 is success. The first call counts.
    void finish(int error, std::vector<std::string> missing = {}, std::string reason = {})
    {
        const lock_t lock(_mutex);
        if (_done)
            return;
        _done = true;
        _error = error;
        _missing = std::move(missing);
        _reason = std::move(reason);
        _changed.notify_all();
    }

    // 0, or -1 and errno; EINTR when the wait was interrupted: the request then goes on without the caller.
    // The service thread finishes every request in its own time-out, so there is none here.
    int wait(failure_t *failure = nullptr)
    {
        while (!wait_slice()) {
            if (interrupted())
                return fail(EINTR);
        }
        const lock_t lock(_mutex);
        if (failure) {
            failure->missing = std::move(_missing);
            failure->reason = std::move(_reason);
        }
        return _error == 0 ? 0 : fail(_error);
    }

  private:
    bool wait_slice()
    {
        const lock_t lock(_mutex);
        if (!_done)
            _changed.wait_for(_mutex, std::chrono::milliseconds(interrupt_slice_ms));
        return _done;
    }

    mutex_t _mutex;
    std::condition_variable_any _changed; // with _mutex
    bool _done SPOT_GUARDED_BY(_mutex) = false;
    int _error SPOT_GUARDED_BY(_mutex) = 0;
    std::vector<std::string> _missing SPOT_GUARDED_BY(_mutex);
    std::string _reason SPOT_GUARDED_BY(_mutex);
};
}
