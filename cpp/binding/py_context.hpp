// The native part of spotmq.Context.
#pragma once

#include <Python.h>

#include <memory>
#include <mutex>
#include <utility>

#include "binding/no_gil.hpp"
#include "spot/transport/ctx_state.hpp"

namespace spot::binding
{
// Thread safety: any thread with the GIL; without one, _mutex guards the member. Open nodes keep the context
// alive themselves.
class py_context_t
{
  public:
    explicit py_context_t(std::shared_ptr<ctx_state_t> state) : _state(std::move(state)) {}

    // Null once closed.
    std::shared_ptr<ctx_state_t> state() const
    {
        const std::lock_guard<python_mutex_t> lock(_mutex);
        return _state;
    }
    std::shared_ptr<ctx_state_t> take_state()
    {
        const std::lock_guard<python_mutex_t> lock(_mutex);
        return std::move(_state);
    }

  private:
    mutable python_mutex_t _mutex; // does nothing where there is a GIL
    std::shared_ptr<ctx_state_t> _state;
};

// Releases the context, which ends it unless a node still uses it. That may wait for the linger of sockets,
// so that it is done without the GIL.
inline void close_context(py_context_t &context)
{
    std::shared_ptr<ctx_state_t> state = context.take_state();
    if (!state)
        return;
    PyThreadState *const thread = PyEval_SaveThread();
    state.reset();
    PyEval_RestoreThread(thread);
}

struct delete_context_t
{
    void operator()(py_context_t *context) const
    {
        close_context(*context);
        delete context;
    }
};
}
