// Memory of freed objects of one type, kept for the next ones: a loop over messages frees one for each that
// it makes, and Python's allocator costs more than filling it in.
#pragma once

#include <Python.h>

#include <array>
#include <cstddef>

namespace spot::binding
{
// The GIL guards it; without one there is nothing to guard it, and nothing is kept.
template <typename Object, std::size_t most> class spare_objects_t
{
  public:
    // A new reference, with nothing but the object's head set. Null with MemoryError.
    PyObject *allocate(PyTypeObject *type)
    {
        void *const memory = _count > 0 ? _kept[--_count] : PyObject_Malloc(sizeof(Object));
        if (!memory)
            return PyErr_NoMemory();
        return PyObject_Init(static_cast<PyObject *>(memory), type);
    }

    // Of an object of `allocate`, whose members have let go of what they held.
    void free(PyObject *object)
    {
#ifndef Py_GIL_DISABLED
        if (_count < most) {
            _kept[_count++] = object;
            return;
        }
#endif
        PyObject_Free(object);
    }

  private:
    std::array<void *, most> _kept;
    std::size_t _count = 0;
};
}
