// The methods recv, recv_many, poll and fileno, and iteration, for nodes and subscribers.
#pragma once

#include <Python.h>

namespace spot::binding
{
// The methods' definitions; the last has a null name. `Owner` is py_node_t or py_subscriber_t.
template <typename Owner> PyMethodDef *receive_methods();
// Slots instead of methods: subclasses inherit them, and a for loop calls them directly.
PyObject *iterate(PyObject *self);                                // tp_iter
template <typename Owner> PyObject *next_message(PyObject *self); // tp_iternext
}
