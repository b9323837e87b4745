// Checks and converts arguments from Python. Each function returns false with a Python exception that names
// what was expected. Call them with the GIL.
#pragma once

#include <Python.h>

#include <string>
#include <string_view>
#include <vector>

#include "spot/base/clock.hpp"

namespace spot::binding
{
// The parameters of a METH_FASTCALL | METH_KEYWORDS function.
struct signature_t
{
    const char *function;
    const char *names[4]; // ends with null; from index `positional` on they are keyword-only
    Py_ssize_t positional;
    Py_ssize_t required;
};
// Stores the arguments in `values`, which holds one null for each name; an argument that is not given stays
// null. The references are borrowed.
bool parse_call(const signature_t &signature, PyObject *const *args, Py_ssize_t count, PyObject *keywords,
                PyObject **values);

// None (no limit), or an int or float of milliseconds, which is rounded up. TypeError, ValueError.
bool parse_timeout(PyObject *value, millis_t &timeout_ms);
// A str as UTF-8. A lone surrogate becomes bytes that are not UTF-8, so that the core refuses the name.
bool parse_text(PyObject *value, const char *name, std::string &text);
bool parse_texts(PyObject *values, const char *name, std::vector<std::string> &texts);

// The bytes of a message to publish: those of a bytes object, or of any other C-contiguous buffer.
class payload_t
{
  public:
    payload_t() = default;
    payload_t(const payload_t &) = delete;
    payload_t &operator=(const payload_t &) = delete;
    ~payload_t() { close(); } // call it with the GIL

    // `data` must live as long as this object.
    bool open(PyObject *data)
    {
        if (PyBytes_CheckExact(data)) {
            _bytes = {PyBytes_AS_STRING(data), static_cast<std::size_t>(PyBytes_GET_SIZE(data))};
            return true;
        }
        return open_buffer(data);
    }
    void close()
    {
        if (_buffer.obj)
            PyBuffer_Release(&_buffer);
    }
    std::string_view bytes() const { return _bytes; }

  private:
    bool open_buffer(PyObject *data);

    std::string_view _bytes;
    Py_buffer _buffer{};
};
}
