// The context as Python holds it.
#pragma once

#include <Python.h>

#include <memory>
#include <utility>

#include "spot/transport/ctx_state.hpp"

namespace spot::binding
{
// `state` is guarded by the GIL; null once closed. Open nodes keep the state alive on their own.
struct py_context_t
{
    std::shared_ptr<ctx_state_t> state;
};

// Ends the context unless a node still uses it. That may wait for the sockets' linger, so it is done without
// the GIL.
inline void close_context(py_context_t &context)
{
    std::shared_ptr<ctx_state_t> state = std::move(context.state);
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
