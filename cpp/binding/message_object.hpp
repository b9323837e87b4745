// The layout of a Message, shared by the files that implement the type.
#pragma once

#include <Python.h>

#include <cstdint>
#include <string_view>

#include "binding/no_gil.hpp"
#include "spot/data/frame.hpp"

namespace spot::binding
{
// Payloads up to this size are copied when the message is made, which lets the frame go; larger ones stay in
// their frame until somebody asks for `data`.
inline constexpr std::size_t eager_copy_max = 4 * 1024;

// What all messages of a topic share that one subscription brought; never changed.
struct origin_t
{
    PyObject_HEAD PyObject *topic; // str
    PyObject *pattern;             // str: the name or pattern subscribed to
};

// A new reference, or null with a Python exception.
origin_t *make_origin(PyObject *topic, PyObject *pattern);
// Once, before the first origin. Throws pybind11::error_already_set.
void make_origin_type();

// Of what changes after it was made, `data` is set once; the rest is under the object's lock (object_lock_t).
struct message_object_t
{
    PyObject_HEAD origin_t *origin;
    PyObject *data;       // bytes; null while only the frame has them
    const frame_t *frame; // a reference; null once nobody needs it
    const char *payload;  // in `frame`
    Py_ssize_t size;      // of `payload`
    Py_ssize_t exports;   // views into `frame`
    std::uint64_t seq;
    std::uint64_t lost;
    wire::node_id_t node_id;
};

extern PyTypeObject *message_type;

inline message_object_t *message_of(PyObject *self)
{
    return reinterpret_cast<message_object_t *>(self);
}

// A new message without contents. Null with MemoryError.
message_object_t *allocate_message();
// The payload as bytes, made on first use; a borrowed reference. Null with a Python exception.
PyObject *message_data(message_object_t *message);
// (topic, data); a new reference.
PyObject *message_pair(message_object_t *message);

// Slots that stand in other files.
PyObject *message_new(PyTypeObject *type, PyObject *args, PyObject *kwargs);
PyObject *message_repr(PyObject *self);
PyObject *message_compare(PyObject *self, PyObject *other, int operation);
Py_hash_t message_hash(PyObject *self);
PyObject *message_iter(PyObject *self);
// Once, before the first message_iter. Throws pybind11::error_already_set.
void make_pair_iterator_type();
Py_ssize_t message_length(PyObject *self);
PyObject *message_item(PyObject *self, Py_ssize_t index);
PyObject *message_subscript(PyObject *self, PyObject *key);
PyObject *message_reduce(PyObject *self, PyObject *);
PyObject *message_node_id(PyObject *self, void *);
}
