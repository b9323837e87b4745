// Gets the bytes of Python buffers that another process can use. Call it with the GIL.
#pragma once

#include <Python.h>

namespace spot::binding
{
// Gets the bytes of a C-contiguous buffer; they are valid until PyBuffer_Release. False with a TypeError that
// says what to do instead: for a str, an object without a buffer, a buffer with gaps, a masked array, and an
// array of objects or addresses, which mean nothing in another process.
bool get_bytes(PyObject *data, Py_buffer &view);
}
