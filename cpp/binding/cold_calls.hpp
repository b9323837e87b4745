// Helpers for the methods that go through pybind11. `Owner` is py_node_t or py_subscriber_t. Call them with
// the GIL.
#pragma once

#include <pybind11/pybind11.h>

#include <cerrno>
#include <string>
#include <utility>
#include <vector>

#include "binding/args.hpp"
#include "binding/errors.hpp"
#include "binding/gil.hpp"
#include "binding/held.hpp"
#include "binding/hot_receive.hpp"
#include "binding/interrupt.hpp"
#include "spot/base/types.hpp"

namespace spot::binding
{
// Notes in the current exception the Python object of `owner` and the call that it came from.
template <typename Owner> void name_source_of(const Owner &owner, call_t call)
{
    using namespace pybind11::detail;
    if (const pybind11::handle self = get_object_handle(&owner, get_type_info(typeid(Owner))))
        name_source(self.ptr(), call);
}

template <typename Owner> void require_open(const Owner &owner, call_t call = call_t::other)
{
    release_let_go();
    if (!owner.closed())
        return;
    raise_closed(owner.forked());
    name_source_of(owner, call);
    throw pybind11::error_already_set();
}

inline std::string text(const pybind11::handle &value, const char *name)
{
    std::string result;
    if (!parse_text(value.ptr(), name, result))
        throw pybind11::error_already_set();
    return result;
}

inline std::string optional_text(const pybind11::handle &value, const char *name)
{
    return value.is_none() ? std::string() : text(value, name);
}

inline std::vector<std::string> texts(const pybind11::handle &values, const char *name)
{
    std::vector<std::string> result;
    if (!parse_texts(values.ptr(), name, result))
        throw pybind11::error_already_set();
    return result;
}

inline millis_t timeout(const pybind11::handle &value)
{
    millis_t result = forever;
    if (!parse_timeout(value.ptr(), result))
        throw pybind11::error_already_set();
    return result;
}

// Runs a call of the core without the GIL, and raises its error. `fallback` is the subject if the core names
// none. After a signal whose handler raised no exception, the call runs again with the time that is left.
template <typename Owner, typename Work>
void run(Owner &owner, call_t call, const std::string &fallback, millis_t timeout_ms, Work &&work)
{
    require_open(owner, call);
    const deadline_t deadline(timeout_ms);
    for (;;) {
        failure_t failure;
        const millis_t left = deadline.never() ? forever : deadline.left(timeout_ms);
        if (without_gil([&] { return work(left, &failure); }) == 0)
            return;
        const int error = errno;
        if (error == EINTR && !interrupted_by_exception())
            continue;
        if (failure.subject.empty())
            failure.subject = fallback;
        if (error == ENOTSOCK)
            raise_closed(owner.forked());
        else
            raise(call, error, failure);
        name_source_of(owner, call);
        throw pybind11::error_already_set();
    }
}

template <typename Owner, typename Work>
void run(Owner &owner, call_t call, const std::string &fallback, Work &&work)
{
    run(owner, call, fallback, 0, [&](millis_t, failure_t *failure) { return work(failure); });
}

template <typename Owner, typename Look> auto look(Owner &owner, Look &&work) -> decltype(work())
{
    require_open(owner);
    return without_gil(work);
}

inline void attach(const pybind11::handle &type, PyMethodDef &definition)
{
    PyObject *const method = PyDescr_NewMethod(reinterpret_cast<PyTypeObject *>(type.ptr()), &definition);
    if (!method)
        throw pybind11::error_already_set();
    type.attr(definition.ml_name) = pybind11::reinterpret_steal<pybind11::object>(method);
}

template <typename Owner> pybind11::custom_type_setup iteration()
{
    return pybind11::custom_type_setup([](PyHeapTypeObject *type) {
        type->ht_type.tp_iter = &iterate;
        type->ht_type.tp_iternext = &next_message<Owner>;
    });
}

template <typename Owner> void attach_receiving(const pybind11::handle &type)
{
    for (PyMethodDef *method = receive_methods<Owner>(); method->ml_name; ++method)
        attach(type, *method);
}
}
