// Arguments from Python: checked, with an error that says what was expected.
#pragma once

#include <Python.h>

#include <string>
#include <string_view>
#include <vector>

#include "spot/base/clock.hpp"

namespace spot::binding
{
// All return false with a Python exception.

// How a METH_FASTCALL | METH_KEYWORDS function is called.
struct signature_t
{
    const char *function;
    const char *names[4]; // ends with null; those from `positional` on are keyword-only
    Py_ssize_t positional;
    Py_ssize_t required;
};
// `values` must hold one null a name; what is not given stays null. All are borrowed.
bool parse_call(const signature_t &signature, PyObject *const *args, Py_ssize_t count, PyObject *keywords,
                PyObject **values);

// None: for ever. An int or float of milliseconds otherwise, rounded up. TypeError, ValueError.
bool parse_timeout(PyObject *value, millis_t &timeout_ms);
// A str. Lone surrogates come out as bytes that no topic may hold, so that the core refuses them.
bool parse_text(PyObject *value, const char *name, std::string &text);
bool parse_texts(PyObject *values, const char *name, std::vector<std::string> &texts);

// The bytes that are to be published: those of a bytes object, or of any other C-contiguous buffer.
class payload_t
{
  public:
    payload_t() = default;
    payload_t(const payload_t &) = delete;
    payload_t &operator=(const payload_t &) = delete;
    ~payload_t() { close(); } // with the GIL

    // `data` must live as long as this.
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
