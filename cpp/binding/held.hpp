// Python references that native threads let go of. libzmq frees buffers, and receivers free topics, on any
// thread, perhaps under a mutex, where neither the GIL nor Python may be touched: what they give back waits
// in a queue until the next call from Python empties it.
#pragma once

#include <Python.h>

#include <atomic>

namespace spot::binding
{
// An object, or a buffer, that native code relies on.
struct held_t
{
    PyObject *object = nullptr;
    Py_buffer buffer{}; // buffer.obj is null when there is none
    held_t *next = nullptr;
};

// A new reference to `object`. Null with MemoryError.
held_t *hold(PyObject *object);
// The bytes of `object`'s buffer, as get_bytes() gives them. Null with a Python exception.
held_t *hold_buffer(PyObject *object);

// With the GIL: gives back what `held` stands for at once.
void release(held_t *held);

// Lock-free; any thread, with or without the GIL. Null is allowed.
void let_go(held_t *held);
// The same, in the form that libzmq wants.
void let_go_of(void *data, void *held);

namespace detail
{
extern std::atomic<held_t *> let_go_list;
void release_let_go();
}

// With the GIL, no internal mutex held and no exception set: this may run any Python code.
inline void release_let_go()
{
    if (detail::let_go_list.load(std::memory_order_relaxed))
        detail::release_let_go();
}

// Makes receivers give back what Python attached to their topics.
void install_release_hook();
}
