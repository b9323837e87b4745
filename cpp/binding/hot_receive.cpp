// recv, recv_many, poll, fileno and iteration are written against Python's C API, because a call through
// pybind11 costs more than a message. Their docstrings are only here. They are templates and not methods of a
// common base class, so that finding out which class an object is of costs nothing.
#include "binding/hot_receive.hpp"

#include "binding/args.hpp"
#include "binding/errors.hpp"
#include "binding/gil.hpp"
#include "binding/held.hpp"
#include "binding/interrupt.hpp"
#include "binding/message.hpp"
#include "binding/py_node.hpp"
#include "binding/py_subscriber.hpp"

namespace spot::binding
{
namespace
{
constexpr Py_ssize_t default_max_messages = 1024;

// The owner behind a Python object. Null with a Python exception when __init__ did not run.
template <typename Owner> Owner *owner_of(PyObject *self)
{
    return static_cast<Owner *>(held_or_raise(self));
}

// Raises the exception for a call that got no message, and returns null. After a call that did not wait, such
// as one in a polling loop, it skips the note that advice needs, to save time.
template <typename Owner>
PyObject *raise_for(PyObject *self, const Owner &owner, take_t result, bool waited = true)
{
    switch (result) {
    case take_t::closed:
        raise_closed(owner.forked());
        break;
    case take_t::interrupted:
        return nullptr; // the exception is set already
    default:
        raise_nothing_arrived();
        if (!waited)
            return nullptr;
    }
    name_source(self, call_t::receive);
    return nullptr;
}

// Parses the arguments of recv and poll.
bool parse_waiting_call(const char *function, PyObject *const *args, Py_ssize_t count, PyObject *keywords,
                        millis_t &timeout_ms)
{
    const signature_t signature = {function, {"timeout_ms"}, 1, 0};
    PyObject *value = nullptr;
    return parse_call(signature, args, count, keywords, &value) && parse_timeout(value, timeout_ms);
}

// Waits for the next message. Null: an exception is set, or `result` tells why there is none.
template <typename Owner> PyObject *next(Owner &owner, millis_t timeout_ms, take_t &result)
{
    PyObject *message = nullptr;
    result = take_t::closed;
    if (owner.closed())
        return nullptr;
    result = owner.incoming().try_take(message);
    if (result == take_t::busy || (result == take_t::empty && timeout_ms != 0))
        result = owner.incoming().take(message, deadline_t(timeout_ms));
    return message;
}

template <typename Owner>
PyObject *recv(PyObject *self, PyObject *const *args, Py_ssize_t count, PyObject *keywords)
{
    Owner *const owner = owner_of<Owner>(self);
    millis_t timeout_ms = forever;
    if (!owner || !parse_waiting_call("recv", args, count, keywords, timeout_ms))
        return nullptr;
    release_let_go();
    try {
        take_t result{};
        PyObject *const message = next(*owner, timeout_ms, result);
        return message || result == take_t::got ? message : raise_for(self, *owner, result, timeout_ms != 0);
    } catch (const std::exception &) {
        return raise_caught();
    }
}

bool parse_max_messages(PyObject *value, Py_ssize_t &max)
{
    if (!value)
        return true;
    if (!PyLong_Check(value) || PyBool_Check(value)) {
        PyErr_Format(PyExc_TypeError, "max_messages must be int, not %.100s", Py_TYPE(value)->tp_name);
        return false;
    }
    int overflow = 0;
    const long long number = PyLong_AsLongLongAndOverflow(value, &overflow);
    if (overflow < 0 || (overflow == 0 && number < 1)) {
        PyErr_Format(PyExc_ValueError, "max_messages must be at least 1, not %R", value);
        return false;
    }
    max = overflow > 0 ? PY_SSIZE_T_MAX : static_cast<Py_ssize_t>(number);
    return true;
}

// Like PyList_Append, but takes over the reference, and only stores it where the list has room.
bool append(PyObject *list, PyObject *item)
{
#ifndef Py_GIL_DISABLED
    const Py_ssize_t size = PyList_GET_SIZE(list);
    if (size < reinterpret_cast<PyListObject *>(list)->allocated) {
        PyList_SET_ITEM(list, size, item);
        Py_SET_SIZE(reinterpret_cast<PyVarObject *>(list), size + 1);
        return true;
    }
#endif
    const int failed = PyList_Append(list, item);
    Py_DECREF(item);
    return failed == 0;
}

// Appends the messages that wait, up to `max` in all. `got`: there was one. `sound` becomes false when an
// exception is set.
template <typename Owner> take_t collect(Owner &owner, PyObject *list, Py_ssize_t max, bool &sound)
{
    take_t result = take_t::got;
    while (sound && PyList_GET_SIZE(list) < max) {
        PyObject *message = nullptr;
        result = owner.incoming().try_take(message);
        if (result != take_t::got)
            break;
        sound = message && append(list, message);
    }
    return PyList_GET_SIZE(list) > 0 ? take_t::got : result;
}

// A list of messages; waits for the first one only. Null: an exception is set, or `result` tells why there is
// none.
template <typename Owner>
PyObject *list_of_messages(Owner &owner, Py_ssize_t max, millis_t timeout_ms, take_t &result)
{
    PyObject *const list = PyList_New(0);
    bool sound = list != nullptr;
    result = take_t::got;
    if (sound)
        result = collect(owner, list, max, sound);
    if (result == take_t::busy || (result == take_t::empty && timeout_ms != 0)) {
        PyObject *message = nullptr;
        result = owner.incoming().take(message, deadline_t(timeout_ms));
        if (result == take_t::got) {
            sound = message && append(list, message);
            collect(owner, list, max, sound);
        }
    }
    if (sound && result == take_t::got)
        return list;
    Py_XDECREF(list);
    return nullptr;
}

template <typename Owner>
PyObject *recv_many(PyObject *self, PyObject *const *args, Py_ssize_t count, PyObject *keywords)
{
    static const signature_t signature = {"recv_many", {"max_messages", "timeout_ms"}, 2, 0};
    PyObject *values[2] = {};
    Py_ssize_t max = default_max_messages;
    millis_t timeout_ms = forever;
    Owner *const owner = owner_of<Owner>(self);
    if (!owner || !parse_call(signature, args, count, keywords, values) ||
        !parse_max_messages(values[0], max) || !parse_timeout(values[1], timeout_ms))
        return nullptr;
    release_let_go();
    if (owner->closed())
        return raise_for(self, *owner, take_t::closed);
    try {
        take_t result{};
        PyObject *const list = list_of_messages(*owner, max, timeout_ms, result);
        return list || result == take_t::got ? list : raise_for(self, *owner, result, timeout_ms != 0);
    } catch (const std::exception &) {
        return raise_caught();
    }
}

template <typename Owner>
PyObject *poll(PyObject *self, PyObject *const *args, Py_ssize_t count, PyObject *keywords)
{
    Owner *const owner = owner_of<Owner>(self);
    millis_t timeout_ms = forever;
    if (!owner || !parse_waiting_call("poll", args, count, keywords, timeout_ms))
        return nullptr;
    release_let_go();
    if (owner->closed())
        return raise_for(self, *owner, take_t::closed);
    try {
        const deadline_t deadline(timeout_ms);
        const take_t result = owner->incoming().wait(deadline);
        if (result == take_t::got)
            Py_RETURN_TRUE;
        if (result == take_t::empty)
            Py_RETURN_FALSE;
        return raise_for(self, *owner, result);
    } catch (const std::exception &) {
        return raise_caught();
    }
}

template <typename Owner> PyObject *fileno(PyObject *self, PyObject *)
{
    Owner *const owner = owner_of<Owner>(self);
    if (!owner)
        return nullptr;
    if (owner->closed())
        return raise_for(self, *owner, take_t::closed);
    try {
        const int fd = without_gil([&] { return owner->receiver().fd(); });
        if (fd >= 0)
            return PyLong_FromLong(fd);
        const int error = errno;
        return error == ENOTSOCK ? raise_for(self, *owner, take_t::closed) : raise(call_t::other, error);
    } catch (const std::exception &) {
        return raise_caught();
    }
}

PyDoc_STRVAR(recv_doc, R"(recv($self, timeout_ms=None)
--

Return the next Message, waiting for it at most timeout_ms milliseconds (None: for ever).

Raises Timeout (EAGAIN) when none arrived in time, and Closed, also when another thread closes
this object meanwhile.)");

PyDoc_STRVAR(recv_many_doc, R"(recv_many($self, max_messages=1024, timeout_ms=None)
--

Return a list of the messages that wait: at least one, at most max_messages. The call waits for
the first only, at most timeout_ms milliseconds (None: for ever).

Raises Timeout (EAGAIN) when none arrived in time, and Closed.)");

PyDoc_STRVAR(poll_doc, R"(poll($self, timeout_ms=None)
--

Wait at most timeout_ms milliseconds (None: for ever) and return whether a message waits.

Raises Closed.)");

PyDoc_STRVAR(fileno_doc, R"(fileno($self)
--

Return a descriptor that is readable (level-triggered) while a message waits, for select,
selectors and asyncio's add_reader. It belongs to this object; do not read from it or close it.

Raises Closed.)");
}

template <typename Owner> PyObject *next_message(PyObject *self)
{
    Owner *const owner = owner_of<Owner>(self);
    if (!owner)
        return nullptr;
    release_let_go();
    try {
        take_t result{};
        PyObject *const message = next(*owner, forever, result);
        if (message || result == take_t::got)
            return message;
        if (result == take_t::closed && !owner->forked())
            return nullptr; // the end of the iteration
        return raise_for(self, *owner, result);
    } catch (const std::exception &) {
        return raise_caught();
    }
}

PyObject *iterate(PyObject *self)
{
    return Py_NewRef(self);
}

template <typename Owner> PyMethodDef *receive_methods()
{
    const auto with_keywords =
        [](PyObject *(*function)(PyObject *, PyObject *const *, Py_ssize_t, PyObject *)) {
            return reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(function));
        };
    static PyMethodDef methods[] = {
        {"recv", with_keywords(&recv<Owner>), METH_FASTCALL | METH_KEYWORDS, recv_doc},
        {"recv_many", with_keywords(&recv_many<Owner>), METH_FASTCALL | METH_KEYWORDS, recv_many_doc},
        {"poll", with_keywords(&poll<Owner>), METH_FASTCALL | METH_KEYWORDS, poll_doc},
        {"fileno", &fileno<Owner>, METH_NOARGS, fileno_doc},
        {nullptr, nullptr, 0, nullptr},
    };
    return methods;
}

template PyMethodDef *receive_methods<py_node_t>();
template PyMethodDef *receive_methods<py_subscriber_t>();
template PyObject *next_message<py_node_t>(PyObject *self);
template PyObject *next_message<py_subscriber_t>(PyObject *self);
}
