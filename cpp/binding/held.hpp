// Python references that native code holds. libzmq frees buffers, and receivers free topics, on any thread
// and perhaps under a mutex, where neither the GIL nor Python may be touched. let_go() puts such a reference
// into a lock-free list, and the next call from Python releases those in the list.
//
// Thread safety: let_go() may be called by any thread; call the other functions with the GIL.
#pragma once

#include <Python.h>

#include <atomic>

namespace spot::binding
{
// A reference to an object, or a buffer.
struct held_t
{
    PyObject *object = nullptr;
    Py_buffer buffer{}; // buffer.obj is null when there is none
    held_t *next = nullptr;
};

// Takes a new reference to `object`. Null with MemoryError.
held_t *hold(PyObject *object);
// Takes the buffer of `object` as get_bytes() does. Null with a Python exception.
held_t *hold_buffer(PyObject *object);

// Releases the reference or the buffer at once.
void release(held_t *held);

// Releases it later. Lock-free; with or without the GIL. Null is allowed.
void let_go(held_t *held);
// The same, as the function that libzmq calls for a buffer.
void let_go_of(void *data, void *held);

namespace detail
{
extern std::atomic<held_t *> let_go_list;
void release_let_go();
}

// Releases all that let_go() was called for. No internal mutex may be held and no exception set: it may run
// any Python code.
inline void release_let_go()
{
    if (detail::let_go_list.load(std::memory_order_relaxed))
        detail::release_let_go();
}

// Makes receivers call let_go() for the objects that this module attached to their topics.
void install_release_hook();
}
