// recv, recv_many, poll, fileno and iteration: written against Python's C API, because a call through
// pybind11 costs more than the message. The docstrings are here and only here.
//
// Messages are taken with the GIL held while that needs no waiting; Python objects are made after the
// receiver's mutex was released. When there is no memory for them, the messages taken are lost.
#include <new>
#include <utility>
#include <vector>

#include "binding/args.hpp"
#include "binding/errors.hpp"
#include "binding/gil.hpp"
#include "binding/held.hpp"
#include "binding/interrupt.hpp"
#include "binding/message.hpp"
#include "binding/py_node.hpp"

namespace spot::binding
{
namespace
{
// What a thread keeps for its next recv_many.
constexpr std::size_t kept_deliveries = 4096;
constexpr Py_ssize_t default_max_messages = 1024;

// Goes on waiting after signals that raised nothing.
template <typename Take> take_t wait(Take &&take)
{
    for (;;) {
        const take_t result = without_gil(take);
        if (result != take_t::interrupted || interrupted_by_exception())
            return result;
    }
}

// The exception for a call that got nothing; always null.
PyObject *raise_for(const py_node_t &node, take_t result)
{
    switch (result) {
    case take_t::closed:
        return raise_closed(node.forked());
    case take_t::interrupted:
        return nullptr; // it is set
    default:
        return raise_nothing_arrived();
    }
}

// The arguments of recv and poll.
bool parse_waiting_call(const char *function, PyObject *const *args, Py_ssize_t count, PyObject *keywords,
                        millis_t &timeout_ms)
{
    const signature_t signature = {function, {"timeout_ms"}, 1, 0};
    PyObject *value = nullptr;
    return parse_call(signature, args, count, keywords, &value) && parse_timeout(value, timeout_ms);
}

// What waiting for `timeout_ms` gave, after an attempt that gave `first`.
template <typename Take> take_t take_or_wait(take_t first, millis_t timeout_ms, Take &&take)
{
    if (first == take_t::got || first == take_t::closed || (first == take_t::empty && timeout_ms == 0))
        return first;
    const deadline_t deadline(timeout_ms);
    return wait([&] { return take(deadline); });
}

take_t take_one(py_node_t &node, millis_t timeout_ms, delivery_t &out)
{
    if (node.closed())
        return take_t::closed;
    return take_or_wait(node.receiver().try_take(out), timeout_ms,
                        [&](const deadline_t &deadline) { return node.receiver().take(out, deadline); });
}

PyObject *recv(PyObject *self, PyObject *const *args, Py_ssize_t count, PyObject *keywords)
{
    py_node_t *const node = node_of(self);
    millis_t timeout_ms = forever;
    if (!node || !parse_waiting_call("recv", args, count, keywords, timeout_ms))
        return nullptr;
    release_let_go();
    try {
        delivery_t delivery;
        const take_t result = take_one(*node, timeout_ms, delivery);
        return result == take_t::got ? make_message(std::move(delivery)) : raise_for(*node, result);
    } catch (const std::exception &) {
        return raise_caught();
    }
}

// Room for deliveries, kept from call to call. It is taken out of its thread's place while it is in use:
// making a message may run code that receives in turn.
class deliveries_t
{
  public:
    deliveries_t() : _items(std::move(kept())) { _items.clear(); }
    ~deliveries_t()
    {
        _items.clear();
        if (_items.capacity() <= kept_deliveries)
            kept() = std::move(_items);
    }
    deliveries_t(const deliveries_t &) = delete;
    deliveries_t &operator=(const deliveries_t &) = delete;

    std::vector<delivery_t> &items() { return _items; }

  private:
    static std::vector<delivery_t> &kept()
    {
        thread_local std::vector<delivery_t> items;
        return items;
    }

    std::vector<delivery_t> _items;
};

bool parse_max_messages(PyObject *value, std::size_t &max)
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
    max = overflow > 0 ? PY_SSIZE_T_MAX : static_cast<std::size_t>(number);
    return true;
}

PyObject *list_of(std::vector<delivery_t> &deliveries)
{
    PyObject *const list = PyList_New(static_cast<Py_ssize_t>(deliveries.size()));
    if (!list)
        return nullptr;
    for (std::size_t i = 0; i < deliveries.size(); ++i) {
        PyObject *const message = make_message(std::move(deliveries[i]));
        if (!message) {
            Py_DECREF(list);
            return nullptr;
        }
        PyList_SET_ITEM(list, static_cast<Py_ssize_t>(i), message);
    }
    return list;
}

PyObject *recv_many(PyObject *self, PyObject *const *args, Py_ssize_t count, PyObject *keywords)
{
    static const signature_t signature = {"recv_many", {"max_messages", "timeout_ms"}, 2, 0};
    PyObject *values[2] = {};
    std::size_t max = default_max_messages;
    millis_t timeout_ms = forever;
    py_node_t *const node = node_of(self);
    if (!node || !parse_call(signature, args, count, keywords, values) ||
        !parse_max_messages(values[0], max) || !parse_timeout(values[1], timeout_ms))
        return nullptr;
    release_let_go();
    if (node->closed())
        return raise_closed(node->forked());
    try {
        deliveries_t room;
        std::vector<delivery_t> &items = room.items();
        const take_t result = take_or_wait(
            node->receiver().try_take_many(items, max), timeout_ms,
            [&](const deadline_t &deadline) { return node->receiver().take_many(items, max, deadline); });
        return result == take_t::got ? list_of(items) : raise_for(*node, result);
    } catch (const std::exception &) {
        return raise_caught();
    }
}

PyObject *poll(PyObject *self, PyObject *const *args, Py_ssize_t count, PyObject *keywords)
{
    py_node_t *const node = node_of(self);
    millis_t timeout_ms = forever;
    if (!node || !parse_waiting_call("poll", args, count, keywords, timeout_ms))
        return nullptr;
    release_let_go();
    if (node->closed())
        return raise_closed(node->forked());
    try {
        const deadline_t deadline(timeout_ms);
        const take_t result = wait([&] { return node->receiver().wait(deadline); });
        if (result == take_t::got)
            Py_RETURN_TRUE;
        if (result == take_t::empty)
            Py_RETURN_FALSE;
        return raise_for(*node, result);
    } catch (const std::exception &) {
        return raise_caught();
    }
}

PyObject *fileno(PyObject *self, PyObject *)
{
    py_node_t *const node = node_of(self);
    if (!node)
        return nullptr;
    if (node->closed())
        return raise_closed(node->forked());
    try {
        const int fd = without_gil([&] { return node->receiver().fd(); });
        if (fd >= 0)
            return PyLong_FromLong(fd);
        const int error = errno;
        return error == ENOTSOCK ? raise_closed(node->forked()) : raise(call_t::other, error);
    } catch (const std::exception &) {
        return raise_caught();
    }
}

PyDoc_STRVAR(recv_doc, R"(recv($self, timeout_ms=None)
--

Return the next Message, waiting for it at most timeout_ms milliseconds (None: for ever).

Raises Timeout (EAGAIN) when none arrived in time, and Closed, also when another thread closes
the node meanwhile.)");

PyDoc_STRVAR(recv_many_doc, R"(recv_many($self, max_messages=1024, timeout_ms=None)
--

Return a list of the messages that are there: at least one, at most max_messages. Only the first
is waited for, at most timeout_ms milliseconds (None: for ever).

Raises Timeout (EAGAIN) when none arrived in time, and Closed.)");

PyDoc_STRVAR(poll_doc, R"(poll($self, timeout_ms=None)
--

Wait at most timeout_ms milliseconds (None: for ever) and return whether a message is there.

Raises Closed.)");

PyDoc_STRVAR(fileno_doc, R"(fileno($self)
--

Return a descriptor that is readable (level-triggered) while a message waits, for select,
selectors and asyncio's add_reader. It belongs to the node; do not read from it or close it.

Raises Closed.)");
}

PyObject *next_message(PyObject *self)
{
    py_node_t *const node = node_of(self);
    if (!node)
        return nullptr;
    release_let_go();
    try {
        delivery_t delivery;
        const take_t result = take_one(*node, forever, delivery);
        if (result == take_t::got)
            return make_message(std::move(delivery));
        if (result == take_t::closed && !node->forked())
            return nullptr; // the end of the iteration
        return raise_for(*node, result);
    } catch (const std::exception &) {
        return raise_caught();
    }
}

PyMethodDef receive_methods[] = {
    {"recv", reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(&recv)),
     METH_FASTCALL | METH_KEYWORDS, recv_doc},
    {"recv_many", reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(&recv_many)),
     METH_FASTCALL | METH_KEYWORDS, recv_many_doc},
    {"poll", reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(&poll)),
     METH_FASTCALL | METH_KEYWORDS, poll_doc},
    {"fileno", &fileno, METH_NOARGS, fileno_doc},
    {nullptr, nullptr, 0, nullptr},
};
}
