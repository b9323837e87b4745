// The awaitable that the asynchronous iterator gives for each message.
#pragma once

#include <Python.h>

#include <pybind11/pybind11.h>

#include "binding/incoming.hpp"

namespace spot::binding
{
// Never waits for a message. `forked` of the owner tells whether `closed` is an error.
using try_take_t = take_t (*)(PyObject *source, PyObject *&message, bool &forked);

// The iterator: async_messages.cpp.
struct messages_t
{
    PyObject_HEAD PyObject *source; // a Node or Subscriber
    PyObject *pause;                // pause(over) -> awaitable of bool: False is the end
    try_take_t try_take;
};

inline messages_t *messages_of(PyObject *self)
{
    return reinterpret_cast<messages_t *>(self);
}

// Before any is made. Throws pybind11::error_already_set.
void add_next_type();
// What __anext__() of a messages_t returns: a new reference, or null with an exception.
PyObject *make_next(PyObject *messages);

// Throws pybind11::error_already_set.
inline PyTypeObject *make_type(PyType_Spec &spec)
{
    auto *const type = reinterpret_cast<PyTypeObject *>(PyType_FromSpec(&spec));
    if (!type)
        throw pybind11::error_already_set();
    return type;
}
}
