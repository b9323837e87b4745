#include "binding/errors.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <new>
#include <string>
#include <system_error>
#include <utility>

#include "binding/at_exit.hpp"
#include "binding/binding.hpp"
#include "binding/error_texts.hpp"
#include "binding/text.hpp"

namespace spot::binding
{
namespace
{
constexpr std::array<const char *, kinds> names = {
    "SpotError",    "AlreadyBound",  "TopicExists",     "PeerExists",   "TopicNotFound",
    "PeerNotFound", "NotSubscribed", "PeerUnreachable", "AddressInUse", "InvalidEndpoint",
    "InvalidTopic", "Timeout",       "Again",           "Closed",       "MessageTooLarge",
};

// Strong references that are never released: exceptions may be raised until the interpreter has ended.
std::array<PyObject *, kinds> classes{};
PyObject *nothing_arrived = nullptr; // the arguments of the Timeout that recv raises

// Names were encoded from str with "surrogatepass"; decoding with it gives the same str.
PyObject *name_text(const std::string &name)
{
    return new_text(name, "surrogatepass");
}

bool set_attribute(PyObject *target, const char *name, PyObject *value) // steals value
{
    const bool done = value && PyObject_SetAttrString(target, name, value) == 0;
    Py_XDECREF(value);
    return done;
}

PyObject *list_of(const std::vector<std::string> &items)
{
    PyObject *list = PyList_New(static_cast<Py_ssize_t>(items.size()));
    for (std::size_t i = 0; list && i < items.size(); ++i) {
        PyObject *const item = name_text(items[i]);
        if (item)
            PyList_SET_ITEM(list, static_cast<Py_ssize_t>(i), item);
        else
            Py_CLEAR(list);
    }
    return list;
}

PyObject *set_error(const description_t &what, const failure_t &failure)
{
    if (what.kind == closed)
        stay_out_at_exit();
    PyObject *const type = classes[what.kind] ? classes[what.kind] : PyExc_OSError;
    PyObject *const text = new_text(what.text, "backslashreplace");
    PyObject *const error = text ? PyObject_CallFunction(type, "iO", what.error, text) : nullptr;
    Py_XDECREF(text);
    if (!error)
        return nullptr;
    const bool nothing_special = what.kind == spot_error || what.kind == closed || what.kind == timeout;
    bool done = (nothing_special && failure.subject.empty()) ||
                set_attribute(error, "subject", name_text(failure.subject));
    if (done && what.kind == timeout)
        done = set_attribute(error, "missing", list_of(failure.missing));
    if (done && what.kind == peer_unreachable)
        done = set_attribute(error, "reason", new_text(failure.reason, "backslashreplace"));
    if (done)
        PyErr_SetObject(reinterpret_cast<PyObject *>(Py_TYPE(error)), error);
    Py_DECREF(error);
    return nullptr;
}

// Calls `change` with the current exception if it is one of this package. An error in `change` is dropped,
// because the first exception matters more.
template <typename Change> void change_ours(Change &&change)
{
    PyObject *type = nullptr, *value = nullptr, *trace = nullptr;
    PyErr_Fetch(&type, &value, &trace);
    PyErr_NormalizeException(&type, &value, &trace);
    if (value && classes[spot_error] &&
        PyObject_TypeCheck(value, reinterpret_cast<PyTypeObject *>(classes[spot_error])))
        change(value);
    PyErr_Clear();
    PyErr_Restore(type, value, trace);
}

void register_errors(const pybind11::dict &table)
{
    for (std::size_t i = 0; i < kinds; ++i) {
        PyObject *const type = PyDict_GetItemString(table.ptr(), names[i]); // borrowed
        if (!type || !PyExceptionClass_Check(type))
            throw pybind11::key_error(names[i]);
        Py_XSETREF(classes[i], Py_NewRef(type));
    }
    nothing_arrived = Py_BuildValue("(is)", EAGAIN, "no message arrived in time");
    if (!nothing_arrived)
        throw pybind11::error_already_set();
}
}

PyObject *raise(call_t call, int error, const failure_t &failure)
{
    if (error == EINTR && PyErr_Occurred())
        return nullptr;
    if (error == ENOMEM)
        return PyErr_NoMemory();
    return set_error(describe(call, error, failure), failure);
}

PyObject *raise(call_t call, int error, std::string_view subject)
{
    return raise(call, error, failure_t{std::string(subject), {}, {}});
}

PyObject *raise_nothing_arrived()
{
    PyErr_SetObject(classes[timeout] ? classes[timeout] : PyExc_TimeoutError, nothing_arrived);
    return nullptr;
}

PyObject *raise_closed(bool forked)
{
    return set_error({closed, ENOTSOCK,
                      forked ? "it belongs to the process that this one was forked from" : "it is closed"},
                     {});
}

PyObject *raise_too_large(std::string_view topic, unsigned long long size, unsigned long long limit)
{
    const failure_t failure{std::string(topic), {}, {}};
    set_error({message_too_large, EMSGSIZE,
               std::to_string(size) + " bytes for topic " + quoted(failure.subject) +
                   " are more than max_message_bytes (" + std::to_string(limit) + ")"},
              failure);
    change_ours([&](PyObject *error) { set_attribute(error, "limit", PyLong_FromUnsignedLongLong(limit)); });
    return nullptr;
}

PyObject *raise_caught()
{
    try {
        throw;
    } catch (const std::bad_alloc &) {
        return PyErr_NoMemory();
    } catch (const std::system_error &error) { // no descriptor could be had
        return raise(call_t::open, error.code().value());
    } catch (const std::exception &error) {
        PyErr_SetString(PyExc_RuntimeError, error.what());
        return nullptr;
    }
}

void name_source(PyObject *self, call_t call)
{
    change_ours([&](PyObject *error) {
        set_attribute(error, "_source", PyWeakref_NewRef(self, nullptr));
        set_attribute(error, "_call", PyUnicode_FromString(name_of(call)));
    });
}

void note_connecting(bool connecting)
{
    change_ours([&](PyObject *error) { set_attribute(error, "_connecting", PyBool_FromLong(connecting)); });
}

bool clear_if_connecting()
{
    bool connecting = false;
    change_ours([&](PyObject *error) {
        PyObject *const noted = PyObject_GetAttrString(error, "_connecting");
        connecting = noted == Py_True;
        Py_XDECREF(noted);
    });
    if (connecting)
        PyErr_Clear();
    return connecting;
}

void name_item(Py_ssize_t index)
{
    PyObject *type = nullptr, *value = nullptr, *trace = nullptr;
    PyErr_Fetch(&type, &value, &trace);
    PyErr_NormalizeException(&type, &value, &trace);
    const bool ours = classes[spot_error] &&
                      PyObject_TypeCheck(value, reinterpret_cast<PyTypeObject *>(classes[spot_error]));
    PyObject *changed = nullptr;
    if (ours) {
        PyObject *const text = PyObject_GetAttrString(value, "strerror");
        changed = text ? PyUnicode_FromFormat("item %zd: %S", index, text) : nullptr;
        if (changed)
            PyObject_SetAttrString(value, "strerror", changed);
        Py_XDECREF(text);
    } else if (Py_TYPE(value) == reinterpret_cast<PyTypeObject *>(PyExc_TypeError)) {
        changed = PyUnicode_FromFormat("item %zd: %S", index, value);
        PyObject *const arguments = changed ? PyTuple_Pack(1, changed) : nullptr;
        if (arguments)
            PyObject_SetAttrString(value, "args", arguments);
        Py_XDECREF(arguments);
    } else if (PyObject_HasAttrString(value, "add_note")) { // Python 3.11
        changed = PyUnicode_FromFormat("item %zd", index);
        Py_XDECREF(changed ? PyObject_CallMethod(value, "add_note", "O", changed) : nullptr);
    }
    Py_XDECREF(changed);
    PyErr_Clear();
    PyErr_Restore(type, value, trace);
}
}

void bind_errors(pybind11::module_ &module)
{
    // Constructors of the core throw, because they cannot return an errno.
    pybind11::register_local_exception_translator([](std::exception_ptr thrown) {
        try {
            if (thrown)
                std::rethrow_exception(thrown);
        } catch (const std::system_error &error) {
            spot::binding::raise(spot::binding::call_t::open, error.code().value());
        }
    });
    module.def("register_errors", &spot::binding::register_errors, pybind11::arg("table"),
               "Tells which exception class stands for what; errors.py calls it once.");
}
