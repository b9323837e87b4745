#include "spot/transport/resolver.hpp"

#include <deque>
#include <thread>
#include <utility>

#include "spot/base/mutex.hpp"
#include "spot/transport/reach.hpp"
#include "spot/transport/thread.hpp"

namespace spot
{
struct resolver_t::queue_t
{
    struct asked_t
    {
        endpoint_t endpoint;
        answer_t answer;
    };
    mutex_t mutex;
    std::deque<asked_t> waiting SPOT_GUARDED_BY(mutex);
    bool running SPOT_GUARDED_BY(mutex) = false;

    // False when nothing waits: the thread ends.
    bool next(asked_t &asked)
    {
        const lock_t lock(mutex);
        running = !waiting.empty();
        if (!running)
            return false;
        asked = std::move(waiting.front());
        waiting.pop_front();
        return true;
    }
    void work()
    {
        for (asked_t asked; next(asked);) {
            const endpoint_t found = bindable(asked.endpoint);
            asked.answer(is_numeric(found) ? &found : nullptr);
        }
    }
};

resolver_t::resolver_t() : _queue(std::make_shared<queue_t>()) {}

resolver_t::~resolver_t()
{
    const lock_t lock(_queue->mutex);
    _queue->waiting.clear();
}

bool resolver_t::resolve(const endpoint_t &endpoint, answer_t answer)
{
    const lock_t lock(_queue->mutex);
    if (_queue->waiting.size() >= max_waiting)
        return false;
    if (!_queue->running) {
        std::thread thread;
        if (start_thread(thread, "spot-resolver", [queue = _queue] { queue->work(); }) != 0)
            return false;
        thread.detach();
        _queue->running = true;
    }
    _queue->waiting.push_back({endpoint, std::move(answer)});
    return true;
}
}
