#include "binding/message.hpp"

#include <cstring>
#include <utility>

#include "binding/binding.hpp"
#include "binding/gil.hpp"
#include "binding/held.hpp"
#include "binding/message_object.hpp"
#include "binding/spare_objects.hpp"
#include "binding/text.hpp"

namespace spot::binding
{
PyTypeObject *message_type = nullptr;

namespace
{
// As many as a loop over the lists of recv_many() holds at once.
spare_objects_t<message_object_t, 1024> spare_messages;

// From this size on, payloads are copied without the GIL, so that other Python threads do not wait.
constexpr Py_ssize_t copy_without_gil_from = 1024 * 1024;

held_t *make_held_origin(const std::string &topic, const std::string &pattern)
{
    PyObject *const name = new_text(topic, "strict");
    PyObject *const by = name && topic != pattern ? new_text(pattern, "strict") : Py_XNewRef(name);
    auto *const origin = by ? reinterpret_cast<PyObject *>(make_origin(name, by)) : nullptr;
    held_t *const held = origin ? hold(origin) : nullptr;
    Py_XDECREF(name);
    Py_XDECREF(by);
    Py_XDECREF(origin);
    return held;
}

// A new reference to the origin of a slot. It is made once for each topic, subscription and receiver.
origin_t *origin_of(const topic_slot_t &slot)
{
    match_t &match = *slot.match();
    void *known = match.attachment.load(std::memory_order_acquire);
    if (!known) {
        held_t *const held = make_held_origin(slot.name, match.subscription);
        if (!held)
            return nullptr;
        // Another thread may have run while the origin was made, and may have set one.
        if (match.attachment.compare_exchange_strong(known, held, std::memory_order_acq_rel))
            known = held;
        else
            release(held);
    }
    return reinterpret_cast<origin_t *>(Py_NewRef(static_cast<held_t *>(known)->object));
}

void drop_frame(message_object_t *message)
{
    if (const frame_t *const frame = std::exchange(message->frame, nullptr))
        frame->release();
}

void message_dealloc(PyObject *self)
{
    message_object_t *const message = message_of(self);
    drop_frame(message);
    Py_XDECREF(message->origin);
    Py_XDECREF(message->data);
    spare_messages.free(self);
    Py_DECREF(message_type);
}

int message_get_buffer(PyObject *self, Py_buffer *view, int flags)
{
    message_object_t *const message = message_of(self);
    const object_lock_t lock(self);
    if (!message->frame)
        return PyObject_GetBuffer(message->data, view, flags); // view->obj is the bytes object
    if (PyBuffer_FillInfo(view, self, const_cast<char *>(message->payload), message->size, 1, flags) != 0)
        return -1;
    ++message->exports;
    return 0;
}

void message_release_buffer(PyObject *self, Py_buffer *)
{
    message_object_t *const message = message_of(self);
    const object_lock_t lock(self);
    if (--message->exports == 0 && message->data)
        drop_frame(message);
}

PyObject *get_topic(PyObject *self, void *)
{
    return Py_NewRef(message_of(self)->origin->topic);
}

PyObject *get_pattern(PyObject *self, void *)
{
    return Py_NewRef(message_of(self)->origin->pattern);
}

PyObject *get_data(PyObject *self, void *)
{
    return Py_XNewRef(message_data(message_of(self)));
}

PyObject *get_view(PyObject *self, void *)
{
    PyObject *const data = load_once_set(message_of(self)->data);
    return PyMemoryView_FromObject(data ? data : self); // gives the buffer of `data` if that exists by now
}

PyObject *get_seq(PyObject *self, void *)
{
    return PyLong_FromUnsignedLongLong(message_of(self)->seq);
}

PyObject *get_lost(PyObject *self, void *)
{
    return PyLong_FromUnsignedLongLong(message_of(self)->lost);
}

PyGetSetDef message_fields[] = {
    {"topic", get_topic, nullptr, "The topic's name.", nullptr},
    {"data", get_data, nullptr, "The payload as bytes; a large one is copied on first use.", nullptr},
    {"view", get_view, nullptr, "The payload as a read-only memoryview, without copying it.", nullptr},
    {"seq", get_seq, nullptr, "The message's number, counted by topic and owner from 1.", nullptr},
    {"lost", get_lost, nullptr, "Messages of this topic and owner that were missed just before.", nullptr},
    {"pattern", get_pattern, nullptr,
     "The subscription that it came by: the topic's name or, if only patterns match, the one with the "
     "longest "
     "text before its first wildcard.",
     nullptr},
    {"node_id", message_node_id, nullptr, "The owner's node id: 32 hexadecimal digits.", nullptr},
    {nullptr, nullptr, nullptr, nullptr, nullptr},
};

PyMethodDef message_methods[] = {
    {"__reduce__", message_reduce, METH_NOARGS, nullptr},
    {nullptr, nullptr, 0, nullptr},
};

PyDoc_STRVAR(message_doc,
             R"(Message(topic, data, seq=0, lost=0, node_id='00000000000000000000000000000000', pattern=None)
--

One message. Unpacks, compares and hashes as the tuple (topic, data).)");

PyType_Slot message_slots[] = {
    {Py_tp_doc, const_cast<char *>(message_doc)},
    {Py_tp_new, reinterpret_cast<void *>(&message_new)},
    {Py_tp_dealloc, reinterpret_cast<void *>(&message_dealloc)},
    {Py_tp_repr, reinterpret_cast<void *>(&message_repr)},
    {Py_tp_hash, reinterpret_cast<void *>(&message_hash)},
    {Py_tp_richcompare, reinterpret_cast<void *>(&message_compare)},
    {Py_tp_iter, reinterpret_cast<void *>(&message_iter)},
    {Py_tp_getset, message_fields},
    {Py_tp_methods, message_methods},
    {Py_sq_length, reinterpret_cast<void *>(&message_length)},
    {Py_sq_item, reinterpret_cast<void *>(&message_item)},
    {Py_mp_length, reinterpret_cast<void *>(&message_length)},
    {Py_mp_subscript, reinterpret_cast<void *>(&message_subscript)},
    {Py_bf_getbuffer, reinterpret_cast<void *>(&message_get_buffer)},
    {Py_bf_releasebuffer, reinterpret_cast<void *>(&message_release_buffer)},
    {0, nullptr},
};

// Not tracked by the garbage collector: str and bytes cannot form a cycle with a message.
PyType_Spec message_spec = {
    "spotmq.Message",
    sizeof(message_object_t),
    0,
    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE | Py_TPFLAGS_SEQUENCE,
    message_slots,
};
}

message_object_t *allocate_message()
{
    auto *message = reinterpret_cast<message_object_t *>(spare_messages.allocate(message_type));
    if (!message)
        return nullptr;
    message->origin = nullptr;
    message->data = nullptr;
    message->frame = nullptr;
    message->payload = nullptr;
    message->size = 0;
    message->exports = 0;
    return message;
}

PyObject *make_message(const frame_t &frame, std::string_view payload, std::uint64_t seq, std::uint64_t lost)
{
    message_object_t *const message = allocate_message();
    if (!message)
        return nullptr;
    message->seq = seq;
    message->lost = lost;
    message->node_id = frame.node_id;
    message->origin = origin_of(*frame.slot);
    if (payload.size() <= eager_copy_max) {
        message->data = PyBytes_FromStringAndSize(payload.data(), static_cast<Py_ssize_t>(payload.size()));
    } else {
        message->payload = payload.data();
        message->size = static_cast<Py_ssize_t>(payload.size());
        frame.retain();
        message->frame = &frame;
    }
    if (!message->origin || (!message->data && !message->frame)) {
        Py_DECREF(message);
        return nullptr;
    }
    return reinterpret_cast<PyObject *>(message);
}

PyObject *message_data(message_object_t *message)
{
    if (PyObject *const data = load_once_set(message->data))
        return data;
    const object_lock_t lock(reinterpret_cast<PyObject *>(message));
    if (message->data)
        return message->data;
    PyObject *const data = PyBytes_FromStringAndSize(nullptr, message->size);
    if (!data)
        return nullptr;
    char *const target = PyBytes_AS_STRING(data);
    const auto size = static_cast<std::size_t>(message->size);
    if (message->size < copy_without_gil_from) {
        std::memcpy(target, message->payload, size);
    } else {
        ++message->exports; // other threads cannot drop the frame meanwhile
        without_gil([&] { return std::memcpy(target, message->payload, size); });
        --message->exports;
    }
    if (message->data)
        Py_DECREF(data); // another thread has set it
    else
        set_once(message->data, data);
    if (message->exports == 0)
        drop_frame(message);
    return message->data;
}

PyObject *message_pair(message_object_t *message)
{
    PyObject *const data = message_data(message);
    return data ? PyTuple_Pack(2, message->origin->topic, data) : nullptr;
}
}

void bind_message(pybind11::module_ &module)
{
    using namespace spot::binding;
    message_type = reinterpret_cast<PyTypeObject *>(PyType_FromSpec(&message_spec));
    if (!message_type)
        throw pybind11::error_already_set();
    // Python code cannot change the type; this module may still add to its dictionary.
    const pybind11::tuple match = pybind11::make_tuple("topic", "data");
    if (PyDict_SetItemString(message_type->tp_dict, "__match_args__", match.ptr()) != 0)
        throw pybind11::error_already_set();
    PyType_Modified(message_type);
    make_origin_type();
    make_pair_iterator_type();
    module.attr("Message") = pybind11::handle(reinterpret_cast<PyObject *>(message_type));
}
