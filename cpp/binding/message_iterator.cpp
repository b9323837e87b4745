// The iterator that unpacks a Message: `topic, data = message`. Python asks every type except its own tuple
// for an iterator, so that one is made for each message that is unpacked. It holds the message and makes no
// tuple.
#include "binding/binding.hpp"
#include "binding/message_object.hpp"
#include "binding/spare_objects.hpp"

namespace spot::binding
{
namespace
{
struct pair_iterator_t
{
    PyObject_HEAD message_object_t *message; // a reference; null at the end
    int next;                                // the index of the next item
};

PyTypeObject *pair_iterator_type = nullptr;
spare_objects_t<pair_iterator_t, 8> spare_iterators;

pair_iterator_t *iterator_of(PyObject *self)
{
    return reinterpret_cast<pair_iterator_t *>(self);
}

PyObject *pair_iterator_next(PyObject *self)
{
    const object_lock_t lock(self);
    pair_iterator_t *const iterator = iterator_of(self);
    message_object_t *const message = iterator->message;
    if (!message)
        return nullptr;
    if (iterator->next == 0) {
        iterator->next = 1;
        return Py_NewRef(message->origin->topic);
    }
    if (iterator->next == 1) {
        iterator->next = 2;
        if (PyObject *const data = load_once_set(message->data))
            return Py_NewRef(data);
        // While a large payload is copied, another thread may run and end this iterator.
        PyObject *const kept = Py_NewRef(reinterpret_cast<PyObject *>(message));
        PyObject *const data = Py_XNewRef(message_data(message));
        Py_DECREF(kept);
        return data;
    }
    iterator->message = nullptr;
    Py_DECREF(message);
    return nullptr;
}

PyObject *pair_iterator_length_hint(PyObject *self, PyObject *)
{
    const object_lock_t lock(self);
    const pair_iterator_t *const iterator = iterator_of(self);
    return PyLong_FromLong(iterator->message ? 2 - iterator->next : 0);
}

void pair_iterator_dealloc(PyObject *self)
{
    Py_XDECREF(iterator_of(self)->message);
    spare_iterators.free(self);
    Py_DECREF(pair_iterator_type);
}

PyMethodDef pair_iterator_methods[] = {
    {"__length_hint__", pair_iterator_length_hint, METH_NOARGS, nullptr},
    {nullptr, nullptr, 0, nullptr},
};

PyType_Slot pair_iterator_slots[] = {
    {Py_tp_dealloc, reinterpret_cast<void *>(&pair_iterator_dealloc)},
    {Py_tp_iter, reinterpret_cast<void *>(&PyObject_SelfIter)},
    {Py_tp_iternext, reinterpret_cast<void *>(&pair_iterator_next)},
    {Py_tp_methods, pair_iterator_methods},
    {0, nullptr},
};

// Not tracked by the garbage collector: a message cannot form a cycle with its iterator.
PyType_Spec pair_iterator_spec = {
    "spotmq._MessageIterator",
    sizeof(pair_iterator_t),
    0,
    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    pair_iterator_slots,
};
}

void make_pair_iterator_type()
{
    pair_iterator_type = reinterpret_cast<PyTypeObject *>(PyType_FromSpec(&pair_iterator_spec));
    if (!pair_iterator_type)
        throw pybind11::error_already_set();
}

PyObject *message_iter(PyObject *self)
{
    PyObject *const object = spare_iterators.allocate(pair_iterator_type);
    if (!object)
        return nullptr;
    iterator_of(object)->message = message_of(Py_NewRef(self));
    iterator_of(object)->next = 0;
    return object;
}
}
