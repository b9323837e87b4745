#include "binding/buffers.hpp"

#include <cstring>

namespace spot::binding
{
namespace
{
const char *type_name(PyObject *data)
{
    return Py_TYPE(data)->tp_name;
}

bool is_letter_of(char c, const char *letters)
{
    return c != '\0' && std::strchr(letters, c) != nullptr;
}

// Whether a format holds objects or addresses. Formats are those of the struct module, NumPy and ctypes, with
// names of fields between colons. The letter Z is an address, unless it begins a complex number: Zf, Zd, Zg.
bool has_addresses(const char *format)
{
    bool in_name = false;
    for (; format && *format; ++format) {
        if (*format == ':')
            in_name = !in_name;
        else if (in_name)
            continue;
        else if (*format == 'Z' && is_letter_of(format[1], "fdgFDG"))
            ++format;
        else if (is_letter_of(*format, "OPzZ&X"))
            return true;
    }
    return false;
}

// Whether the exporter's dtype says that it holds objects, for a buffer without a format: NumPy has none for
// dates. False if that is not known.
bool says_it_holds_objects(PyObject *data)
{
    PyObject *const type = PyObject_GetAttrString(data, "dtype");
    PyObject *const holds = type ? PyObject_GetAttrString(type, "hasobject") : nullptr;
    const bool result = holds && PyObject_IsTrue(holds) == 1;
    Py_XDECREF(holds);
    Py_XDECREF(type);
    PyErr_Clear();
    return result;
}

bool refuse_objects(PyObject *data)
{
    PyErr_Format(PyExc_TypeError,
                 "data must not hold objects or addresses, as this %.100s does: they mean nothing elsewhere; "
                 "serialise it, for example with pickle.dumps(data)",
                 type_name(data));
    return false;
}

// Whether it is a masked array of NumPy, whose buffer has the elements without the mask. A type written in C
// is none.
bool is_masked(PyObject *data)
{
    const PyTypeObject *const type = Py_TYPE(data);
    if (!PyType_HasFeature(Py_TYPE(data), Py_TPFLAGS_HEAPTYPE) || !type->tp_mro)
        return false;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(type->tp_mro); ++i) {
        const auto *const base = reinterpret_cast<PyTypeObject *>(PyTuple_GET_ITEM(type->tp_mro, i));
        if (std::strcmp(base->tp_name, "MaskedArray") == 0)
            return true;
    }
    return false;
}

// Exporters raise different exceptions for a buffer with gaps or in another order; this replaces them by one
// TypeError.
bool refuse_without_buffer(PyObject *data)
{
    if (!PyObject_CheckBuffer(data)) {
        PyErr_Format(PyExc_TypeError, "data must be bytes or another buffer, not %.100s", type_name(data));
        return false;
    }
    PyObject *type = nullptr, *value = nullptr, *trace = nullptr;
    PyErr_Fetch(&type, &value, &trace);
    Py_buffer view{};
    const bool there = PyObject_GetBuffer(data, &view, PyBUF_FULL_RO) == 0;
    const bool gaps = there && PyBuffer_IsContiguous(&view, 'C') == 0;
    if (there)
        PyBuffer_Release(&view);
    if (!gaps) {
        PyErr_Restore(type, value, trace);
        return false;
    }
    Py_XDECREF(type);
    Py_XDECREF(value);
    Py_XDECREF(trace);
    PyErr_Format(PyExc_TypeError,
                 "data must be C-contiguous, which this %.100s is not: copy it first, as bytes(data) does",
                 type_name(data));
    return false;
}

bool without_format(PyObject *data, Py_buffer &view)
{
    PyErr_Clear();
    if (says_it_holds_objects(data))
        return refuse_objects(data);
    return PyObject_GetBuffer(data, &view, PyBUF_SIMPLE) == 0 || refuse_without_buffer(data);
}
}

bool get_bytes(PyObject *data, Py_buffer &view)
{
    if (PyUnicode_Check(data)) { // checked first: NumPy's subclass of str has a buffer
        PyErr_SetString(PyExc_TypeError, "data must be bytes or another buffer, not str: use data.encode()");
        return false;
    }
    if (PyByteArray_CheckExact(data))
        return PyObject_GetBuffer(data, &view, PyBUF_SIMPLE) == 0;
    if (is_masked(data)) {
        PyErr_Format(PyExc_TypeError,
                     "data must not be a masked array, whose mask would be lost: publish data.filled(value), "
                     "or data.data and data.mask");
        return false;
    }
    if (PyObject_GetBuffer(data, &view, PyBUF_ND | PyBUF_FORMAT) != 0)
        return without_format(data, view);
    if (!has_addresses(view.format))
        return true;
    PyBuffer_Release(&view);
    return refuse_objects(data);
}
}
