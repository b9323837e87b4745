// The slots that make a Message a value: construction, printing, and the protocols of a tuple of two.
#include <string>

#include "binding/message_object.hpp"

namespace spot::binding
{
namespace
{
constexpr Py_ssize_t shown_bytes = 64;

int digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool parse_node_id(PyObject *text, wire::node_id_t &id)
{
    Py_ssize_t size = 0;
    const char *const hex = PyUnicode_AsUTF8AndSize(text, &size);
    if (!hex)
        return false;
    bool good = size == 2 * static_cast<Py_ssize_t>(wire::node_id_bytes);
    for (std::size_t i = 0; good && i < wire::node_id_bytes; ++i) {
        const int high = digit(hex[2 * i]), low = digit(hex[2 * i + 1]);
        good = high >= 0 && low >= 0;
        id.bytes[i] = static_cast<std::uint8_t>(high * 16 + low);
    }
    if (!good)
        PyErr_SetString(PyExc_ValueError, "node_id must be 32 lower-case hexadecimal digits");
    return good;
}

bool parse_count(PyObject *value, std::uint64_t &count)
{
    if (!value)
        return true;
    count = PyLong_AsUnsignedLongLong(value);
    return !PyErr_Occurred();
}
}

PyObject *message_new(PyTypeObject *, PyObject *args, PyObject *kwargs)
{
    static const char *names[] = {"topic", "data", "seq", "lost", "node_id", "pattern", nullptr};
    PyObject *topic = nullptr, *data = nullptr, *seq = nullptr, *lost = nullptr, *node_id = nullptr;
    PyObject *pattern = Py_None;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "US|O!O!UO:Message", const_cast<char **>(names), &topic,
                                     &data, &PyLong_Type, &seq, &PyLong_Type, &lost, &node_id, &pattern))
        return nullptr;
    if (pattern == Py_None)
        pattern = topic;
    if (!PyUnicode_Check(pattern)) {
        PyErr_Format(PyExc_TypeError, "pattern must be str or None, not %.100s", Py_TYPE(pattern)->tp_name);
        return nullptr;
    }
    message_object_t *const message = allocate_message();
    if (!message)
        return nullptr;
    message->seq = 0;
    message->lost = 0;
    message->node_id = {};
    message->origin = make_origin(topic, pattern);
    message->data = Py_NewRef(data);
    if (!message->origin || !parse_count(seq, message->seq) || !parse_count(lost, message->lost) ||
        (node_id && !parse_node_id(node_id, message->node_id))) {
        Py_DECREF(message);
        return nullptr;
    }
    return reinterpret_cast<PyObject *>(message);
}

PyObject *message_node_id(PyObject *self, void *)
{
    const std::string hex = message_of(self)->node_id.hex();
    return PyUnicode_FromStringAndSize(hex.data(), static_cast<Py_ssize_t>(hex.size()));
}

PyObject *message_repr(PyObject *self)
{
    message_object_t *const message = message_of(self);
    const object_lock_t lock(self);
    const char *const bytes = message->frame ? message->payload : PyBytes_AS_STRING(message->data);
    const Py_ssize_t size = message->frame ? message->size : PyBytes_GET_SIZE(message->data);
    const bool whole = size <= shown_bytes;
    PyObject *const shown = PyBytes_FromStringAndSize(bytes, whole ? size : shown_bytes);
    if (!shown)
        return nullptr;
    PyObject *const extent = whole ? PyUnicode_FromString("") : PyUnicode_FromFormat("... (%zd bytes)", size);
    PyObject *const text = extent ? PyUnicode_FromFormat("Message(topic=%R, data=%R%U, seq=%llu, lost=%llu)",
                                                         message->origin->topic, shown, extent,
                                                         static_cast<unsigned long long>(message->seq),
                                                         static_cast<unsigned long long>(message->lost))
                                  : nullptr;
    Py_XDECREF(extent);
    Py_DECREF(shown);
    return text;
}

PyObject *message_compare(PyObject *self, PyObject *other, int operation)
{
    const bool is_message = Py_TYPE(other) == message_type;
    if (!is_message && !PyTuple_Check(other))
        Py_RETURN_NOTIMPLEMENTED;
    PyObject *const left = message_pair(message_of(self));
    PyObject *const right = is_message ? message_pair(message_of(other)) : Py_NewRef(other);
    PyObject *const result = left && right ? PyObject_RichCompare(left, right, operation) : nullptr;
    Py_XDECREF(left);
    Py_XDECREF(right);
    return result;
}

Py_hash_t message_hash(PyObject *self)
{
    PyObject *const pair = message_pair(message_of(self));
    const Py_hash_t hash = pair ? PyObject_Hash(pair) : -1;
    Py_XDECREF(pair);
    return hash;
}

Py_ssize_t message_length(PyObject *)
{
    return 2;
}

PyObject *message_item(PyObject *self, Py_ssize_t index)
{
    if (index == 0)
        return Py_NewRef(message_of(self)->origin->topic);
    if (index == 1)
        return Py_XNewRef(message_data(message_of(self)));
    PyErr_SetString(PyExc_IndexError, "a message has two items: topic and data");
    return nullptr;
}

PyObject *message_subscript(PyObject *self, PyObject *key)
{
    PyObject *const pair = message_pair(message_of(self));
    PyObject *const result = pair ? PyObject_GetItem(pair, key) : nullptr;
    Py_XDECREF(pair);
    return result;
}

PyObject *message_reduce(PyObject *self, PyObject *)
{
    message_object_t *const message = message_of(self);
    PyObject *const data = message_data(message);
    PyObject *const node_id = data ? message_node_id(self, nullptr) : nullptr;
    if (!node_id)
        return nullptr;
    return Py_BuildValue("(O(OOKKNO))", message_type, message->origin->topic, data,
                         static_cast<unsigned long long>(message->seq),
                         static_cast<unsigned long long>(message->lost), node_id, message->origin->pattern);
}
}
