// publish is written against Python's C API, because a call through pybind11 costs more than a message. Its
// docstring is only here.
#include "binding/args.hpp"
#include "binding/errors.hpp"
#include "binding/held.hpp"
#include "binding/publishing.hpp"
#include "binding/py_node.hpp"
#include "binding/turn.hpp"

namespace spot::binding
{
namespace
{
bool parse_copying(PyObject *value, copying_t &copying)
{
    if (!value || value == Py_None)
        copying = copying_t::as_needed;
    else if (value == Py_True)
        copying = copying_t::always;
    else if (value == Py_False)
        copying = copying_t::never;
    else {
        PyErr_Format(PyExc_TypeError, "copy must be True, False or None, not %.100s",
                     Py_TYPE(value)->tp_name);
        return false;
    }
    return true;
}

// The fast path: a topic that was used before, and a bytes object that is not large. In all other cases it
// does nothing, and `sent` stays false. False with a Python exception.
bool publish_known(py_node_t &node, PyObject *topic, PyObject *data, patience_t patience, bool &sent)
{
    const auto *known = node.recall(topic);
    if (!known || !PyBytes_CheckExact(data) || node.closed())
        return true;
    const auto size = static_cast<std::size_t>(PyBytes_GET_SIZE(data));
    if (size >= in_place_from || size > node.max_message_bytes())
        return true;
    // No Python code runs and this thread keeps the GIL, so that *known cannot be replaced before it is
    // copied.
    sent = publish_copy(node, *known, {PyBytes_AS_STRING(data), size}, patience);
    return sent;
}

bool failed(PyObject *self)
{
    name_source(self, call_t::publish);
    return false;
}

// Runs a call of publish. False with a Python exception.
bool publish_call(PyObject *self, PyObject *const *args, Py_ssize_t count, PyObject *keywords,
                  patience_t patience)
{
    static const signature_t signature = {"publish", {"topic", "data", "copy"}, 2, 2};
    PyObject *values[3] = {};
    if (count == 2 && !keywords) {
        values[0] = args[0];
        values[1] = args[1];
    } else if (!parse_call(signature, args, count, keywords, values)) {
        return false;
    }
    py_node_t *const node = node_of(self);
    copying_t copying = copying_t::as_needed;
    if (!node || !parse_copying(values[2], copying))
        return false;
    release_let_go();
    try {
        bool sent = false;
        if (!publish_known(*node, values[0], values[1], patience, sent))
            return failed(self);
        if (sent)
            return true;
        const std::shared_ptr<outlet_t> outlet = find_outlet(*node, values[0], patience);
        if (!outlet || !publish_one(*node, outlet, values[1], copying, patience))
            return failed(self);
    } catch (const std::exception &) {
        raise_caught();
        return false;
    }
    return true;
}

PyObject *publish(PyObject *self, PyObject *const *args, Py_ssize_t count, PyObject *keywords)
{
    if (!publish_call(self, args, count, keywords, patience_t::as_configured))
        return nullptr;
    Py_RETURN_NONE;
}

// publish for event loops: it never waits, and returns whether the turn on the loop is over.
PyObject *publish_now(PyObject *self, PyObject *const *args, Py_ssize_t count, PyObject *keywords)
{
    if (!publish_call(self, args, count, keywords, patience_t::none))
        return nullptr;
    return PyBool_FromLong(turn_t::over());
}

PyDoc_STRVAR(publish_doc, R"(publish($self, topic, data, *, copy=None)
--

Publish one message: to every subscriber of a LOCAL topic, or to the owner of a REMOTE one.

data is anything with a C-contiguous buffer: bytes, bytearray, memoryview, a NumPy array.
A large bytes object is sent without copying it. Any other buffer is copied, so that it may be
reused at once, unless copy=False promises that it does not change until the message has been
sent; copy=True always copies.

With overflow="block" the call waits for a subscriber that is full, at most send_timeout_ms. It
waits for an owner that is CONNECTING, at most a second.

Raises TopicNotFound; PeerUnreachable when no owner is UP, with the reason; MessageTooLarge above
max_message_bytes; Again when there was no room in time; TypeError for str (encode it) and for
buffers that are not contiguous; Closed.)");
}

PyMethodDef publish_method = {"publish",
                              reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(&publish)),
                              METH_FASTCALL | METH_KEYWORDS, publish_doc};
PyMethodDef publish_now_method = {"_publish_now",
                                  reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(&publish_now)),
                                  METH_FASTCALL | METH_KEYWORDS, nullptr};
}
