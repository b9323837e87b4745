// The `self` argument of methods bound with pybind11. It refuses an object whose __init__() did not run,
// which pybind11's own conversion does not check.
#pragma once

#include <pybind11/pybind11.h>

namespace spot::binding
{
template <typename T> struct self_t
{
    T *object = nullptr;
    T *operator->() const { return object; }
    T &operator*() const { return *object; }
};

// The C++ object of an instance of a bound class, without a search in pybind11's registry; null before
// __init__() ran.
inline void *held_by(PyObject *self)
{
    const auto *instance = reinterpret_cast<pybind11::detail::instance *>(self);
    return instance->simple_layout ? instance->simple_value_holder[0]
                                   : instance->nonsimple.values_and_holders[0];
}

// The same; null with a RuntimeError before __init__() ran.
inline void *held_or_raise(PyObject *self)
{
    void *const held = held_by(self);
    if (!held)
        PyErr_Format(PyExc_RuntimeError, "this %.100s does not exist: its __init__() did not run",
                     Py_TYPE(self)->tp_name);
    return held;
}
}

namespace pybind11::detail
{
template <typename T> struct type_caster<spot::binding::self_t<T>>
{
    PYBIND11_TYPE_CASTER(spot::binding::self_t<T>, make_caster<T>::name);

    bool load(handle source, bool)
    {
        if (!isinstance(source, get_type_handle(typeid(T), true)))
            return false;
        value.object = static_cast<T *>(spot::binding::held_or_raise(source.ptr()));
        if (!value.object)
            throw error_already_set();
        return true;
    }
};
}
