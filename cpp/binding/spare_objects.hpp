// Keeps the memory of freed objects of one type for new ones. A loop over messages frees one object for each
// that it makes, and Python's allocator would cost more than filling the object in.
#pragma once

#include <Python.h>

#include <array>
#include <cstddef>

namespace spot::binding
{
// Thread safety: the GIL guards it. Without a GIL it keeps nothing.
template <typename Object, std::size_t most> class spare_objects_t
{
  public:
    // A new reference to an object of which only the head is set. Null with MemoryError.
    PyObject *allocate(PyTypeObject *type)
    {
        void *const memory = _count > 0 ? _kept[--_count] : PyObject_Malloc(sizeof(Object));
        if (!memory)
            return PyErr_NoMemory();
        return PyObject_Init(static_cast<PyObject *>(memory), type);
    }

    // Frees an object of allocate(). Its members must have been released.
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
