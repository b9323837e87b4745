// recv, recv_many, poll, fileno and iteration, of everything that receives.
#pragma once

#include <Python.h>

namespace spot::binding
{
// Ends with a null name. Owner: py_node_t or py_subscriber_t.
template <typename Owner> PyMethodDef *receive_methods();
// Slots rather than methods: subclasses inherit them, and a for loop then calls them directly.
PyObject *iterate(PyObject *self);                                // tp_iter
template <typename Owner> PyObject *next_message(PyObject *self); // tp_iternext
}
