// Buffers whose bytes mean the same in another process.
#pragma once

#include <Python.h>

namespace spot::binding
{
// The bytes of a C-contiguous buffer, until PyBuffer_Release. False with a TypeError that says what to do:
// for str, what has no buffer, one with gaps, masked arrays, and for arrays of objects or addresses, which
// mean nothing elsewhere.
bool get_bytes(PyObject *data, Py_buffer &view);
}
