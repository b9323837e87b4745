// Makes Python str objects of UTF-8 text. Call it with the GIL.
#pragma once

#include <pybind11/pybind11.h>

#include <string>

namespace spot::binding
{
// A new reference, or null with a Python exception. `errors` as for str().
inline PyObject *new_text(const std::string &text, const char *errors)
{
    return PyUnicode_DecodeUTF8(text.data(), static_cast<Py_ssize_t>(text.size()), errors);
}

inline pybind11::object text_of(const std::string &text)
{
    PyObject *const result = new_text(text, "replace");
    if (!result)
        throw pybind11::error_already_set();
    return pybind11::reinterpret_steal<pybind11::object>(result);
}

inline pybind11::object text_or_none(const std::string &text)
{
    return text.empty() ? pybind11::none() : text_of(text);
}
}
