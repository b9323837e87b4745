// The layout of a Message, and functions that the files which implement the type share. Call them with the
// GIL.
#pragma once

#include <Python.h>

#include <cstdint>
#include <string_view>

#include "binding/no_gil.hpp"
#include "spot/data/frame.hpp"

namespace spot::binding
{
// Payloads up to this size in bytes are copied when the message is made, which frees the frame. A larger one
// stays in its frame until `data` is read.
inline constexpr std::size_t eager_copy_max = 4 * 1024;

// The topic and the subscription, which all messages of a topic that came by one subscription share. It never
// changes.
struct origin_t
{
    PyObject_HEAD PyObject *topic; // str
    PyObject *pattern;             // str: the name or pattern subscribed to
};

// A new reference, or null with a Python exception.
origin_t *make_origin(PyObject *topic, PyObject *pattern);
// Call it once, before make_origin(). Throws pybind11::error_already_set.
void make_origin_type();

// Of the members that change after the object was made, `data` is set once and read without a lock;
// object_lock_t guards the others.
struct message_object_t
{
    PyObject_HEAD origin_t *origin;
    PyObject *data;       // the payload as bytes; null while only the frame has it
    const frame_t *frame; // a reference; null once `data` is set and no view needs the frame
    const char *payload;  // the payload in `frame`
    Py_ssize_t size;      // the size of the payload in bytes
    Py_ssize_t exports;   // the number of views into `frame`
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

// Slots of the type, implemented in other files.
PyObject *message_new(PyTypeObject *type, PyObject *args, PyObject *kwargs);
PyObject *message_repr(PyObject *self);
PyObject *message_compare(PyObject *self, PyObject *other, int operation);
Py_hash_t message_hash(PyObject *self);
PyObject *message_iter(PyObject *self);
// Call it once, before message_iter(). Throws pybind11::error_already_set.
void make_pair_iterator_type();
Py_ssize_t message_length(PyObject *self);
PyObject *message_item(PyObject *self, Py_ssize_t index);
PyObject *message_subscript(PyObject *self, PyObject *key);
PyObject *message_reduce(PyObject *self, PyObject *);
PyObject *message_node_id(PyObject *self, void *);
}
