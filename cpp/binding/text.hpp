// Text for Python, from what the core has checked to be UTF-8.
#pragma once

#include <pybind11/pybind11.h>

#include <string>

namespace spot::binding
{
inline pybind11::object text_of(const std::string &text)
{
    PyObject *const result =
        PyUnicode_DecodeUTF8(text.data(), static_cast<Py_ssize_t>(text.size()), "replace");
    if (!result)
        throw pybind11::error_already_set();
    return pybind11::reinterpret_steal<pybind11::object>(result);
}

inline pybind11::object text_or_none(const std::string &text)
{
    return text.empty() ? pybind11::none() : text_of(text);
}
}
