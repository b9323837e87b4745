#include "binding/args.hpp"

#include <cmath>

#include "binding/buffers.hpp"

namespace spot::binding
{
namespace
{
// More than a hundred years, in milliseconds: a longer time-out counts as none.
constexpr double endless_ms = 4e12;

bool refuse_timeout(PyObject *value)
{
    PyErr_Format(PyExc_ValueError, "a time-out is milliseconds from 0 on, or None to wait for ever; not %R",
                 value);
    return false;
}
}

bool parse_call(const signature_t &signature, PyObject *const *args, Py_ssize_t count, PyObject *keywords,
                PyObject **values)
{
    if (count > signature.positional) {
        PyErr_Format(PyExc_TypeError, "%s() takes at most %zd positional arguments but %zd were given",
                     signature.function, signature.positional, count);
        return false;
    }
    for (Py_ssize_t i = 0; i < count; ++i)
        values[i] = args[i];
    for (Py_ssize_t i = 0; keywords && i < PyTuple_GET_SIZE(keywords); ++i) {
        PyObject *const keyword = PyTuple_GET_ITEM(keywords, i);
        Py_ssize_t at = 0;
        while (signature.names[at] && PyUnicode_CompareWithASCIIString(keyword, signature.names[at]) != 0)
            ++at;
        if (!signature.names[at] || values[at]) {
            PyErr_Format(PyExc_TypeError,
                         signature.names[at] ? "%s() got multiple values for argument '%U'"
                                             : "%s() got an unexpected keyword argument '%U'",
                         signature.function, keyword);
            return false;
        }
        values[at] = args[count + i];
    }
    for (Py_ssize_t i = 0; i < signature.required; ++i) {
        if (!values[i]) {
            PyErr_Format(PyExc_TypeError, "%s() missing required argument: '%s'", signature.function,
                         signature.names[i]);
            return false;
        }
    }
    return true;
}

bool parse_timeout(PyObject *value, millis_t &timeout_ms)
{
    if (!value || value == Py_None) {
        timeout_ms = forever;
        return true;
    }
    if (PyLong_Check(value) && !PyBool_Check(value)) {
        int overflow = 0;
        const long long number = PyLong_AsLongLongAndOverflow(value, &overflow);
        if (number == -1 && PyErr_Occurred())
            return false;
        if (overflow < 0 || (overflow == 0 && number < 0))
            return refuse_timeout(value);
        timeout_ms = overflow > 0 || static_cast<double>(number) > endless_ms ? forever : number;
        return true;
    }
    if (PyFloat_Check(value)) {
        const double number = PyFloat_AS_DOUBLE(value);
        if (!(number >= 0)) // NaN too
            return refuse_timeout(value);
        timeout_ms = number > endless_ms ? forever : static_cast<millis_t>(std::ceil(number));
        return true;
    }
    PyErr_Format(PyExc_TypeError, "timeout_ms must be int, float or None, not %.100s",
                 Py_TYPE(value)->tp_name);
    return false;
}

bool parse_text(PyObject *value, const char *name, std::string &text)
{
    if (!PyUnicode_Check(value)) {
        PyErr_Format(PyExc_TypeError, "%s must be str, not %.100s", name, Py_TYPE(value)->tp_name);
        return false;
    }
    PyObject *const encoded = PyUnicode_AsEncodedString(value, "utf-8", "surrogatepass");
    if (!encoded)
        return false;
    text.assign(PyBytes_AS_STRING(encoded), static_cast<std::size_t>(PyBytes_GET_SIZE(encoded)));
    Py_DECREF(encoded);
    return true;
}

bool parse_texts(PyObject *values, const char *name, std::vector<std::string> &texts)
{
    PyObject *const sequence = PySequence_Tuple(values);
    if (!sequence)
        return false;
    bool done = true;
    for (Py_ssize_t i = 0; done && i < PyTuple_GET_SIZE(sequence); ++i) {
        std::string text;
        done = parse_text(PyTuple_GET_ITEM(sequence, i), name, text);
        texts.push_back(std::move(text));
    }
    Py_DECREF(sequence);
    return done;
}

bool payload_t::open_buffer(PyObject *data)
{
    if (!get_bytes(data, _buffer)) {
        _buffer.obj = nullptr;
        return false;
    }
    _bytes = {static_cast<const char *>(_buffer.buf), static_cast<std::size_t>(_buffer.len)};
    return true;
}
}
