// The awaitable that the asynchronous iterator returns for each message.
//
// Thread safety: call everything with the GIL; without one an awaitable is for one thread at a time.
#pragma once

#include <Python.h>

#include <pybind11/pybind11.h>

#include "binding/incoming.hpp"

namespace spot::binding
{
// Takes a message without waiting. `forked`: the process was forked after `source` was made, so that `closed`
// is an error and not the end.
using try_take_t = take_t (*)(PyObject *source, PyObject *&message, bool &forked);

// The iterator (async_messages.cpp).
struct messages_t
{
    PyObject_HEAD PyObject *source; // a Node or Subscriber
    PyObject *pause;                // pause(over) returns an awaitable of bool; False ends the iteration
    try_take_t try_take;
};

inline messages_t *messages_of(PyObject *self)
{
    return reinterpret_cast<messages_t *>(self);
}

// Makes the awaitable's type. Call it before make_next(). Throws pybind11::error_already_set.
void add_next_type();
// The result of __anext__() of a messages_t: a new reference, or null with an exception.
PyObject *make_next(PyObject *messages);

// Makes a type. Throws pybind11::error_already_set.
inline PyTypeObject *make_type(PyType_Spec &spec)
{
    auto *const type = reinterpret_cast<PyTypeObject *>(PyType_FromSpec(&spec));
    if (!type)
        throw pybind11::error_already_set();
    return type;
}
}
