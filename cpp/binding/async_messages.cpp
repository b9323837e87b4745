// The iterator of `async for message in spot`. The awaitable that it returns for each message is in
// async_next.cpp.
#include "binding/async_messages.hpp"

#include <Python.h>

#include "binding/async_next.hpp"
#include "binding/incoming.hpp"
#include "binding/py_node.hpp"
#include "binding/py_subscriber.hpp"
#include "binding/self.hpp"

namespace py = pybind11;

namespace spot::binding
{
namespace
{
template <typename Owner> take_t try_take(PyObject *source, PyObject *&message, bool &forked)
{
    Owner &owner = *static_cast<Owner *>(held_by(source));
    forked = owner.forked();
    if (owner.closed())
        return take_t::closed;
    const take_t result = owner.incoming().try_take(message);
    // Another thread holds the receiver's mutex. No thread waits while it holds that, so that this call soon
    // gets it.
    return result == take_t::busy ? owner.incoming().take(message, deadline_t(0)) : result;
}

PyObject *messages_new(PyTypeObject *type, PyObject *args, PyObject *keywords)
{
    PyObject *source = nullptr, *pause = nullptr;
    if (keywords && PyDict_GET_SIZE(keywords) > 0) {
        PyErr_SetString(PyExc_TypeError, "Messages() takes no keyword arguments");
        return nullptr;
    }
    if (!PyArg_UnpackTuple(args, "Messages", 2, 2, &source, &pause))
        return nullptr;
    try_take_t take = nullptr;
    if (py::isinstance<py_node_t>(source))
        take = &try_take<py_node_t>;
    else if (py::isinstance<py_subscriber_t>(source))
        take = &try_take<py_subscriber_t>;
    else
        return PyErr_Format(PyExc_TypeError, "source must be Node or Subscriber, not %.100s",
                            Py_TYPE(source)->tp_name);
    if (!held_or_raise(source))
        return nullptr;
    PyObject *const self = type->tp_alloc(type, 0);
    if (!self)
        return nullptr;
    messages_of(self)->source = Py_NewRef(source);
    messages_of(self)->pause = Py_NewRef(pause);
    messages_of(self)->try_take = take;
    return self;
}

int messages_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(messages_of(self)->source);
    Py_VISIT(messages_of(self)->pause);
    return 0;
}

// Has no tp_clear, because an awaitable may still use the iterator. The collector breaks a cycle at its other
// objects.
void messages_dealloc(PyObject *self)
{
    PyTypeObject *const type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    Py_XDECREF(messages_of(self)->source);
    Py_XDECREF(messages_of(self)->pause);
    type->tp_free(self);
    Py_DECREF(type);
}

PyType_Slot messages_slots[] = {
    {Py_tp_new, reinterpret_cast<void *>(&messages_new)},
    {Py_tp_dealloc, reinterpret_cast<void *>(&messages_dealloc)},
    {Py_tp_traverse, reinterpret_cast<void *>(&messages_traverse)},
    {Py_am_aiter, reinterpret_cast<void *>(&PyObject_SelfIter)},
    {Py_am_anext, reinterpret_cast<void *>(&make_next)},
    {0, nullptr},
};

PyType_Spec messages_spec = {
    "spotmq._core._async.Messages",
    sizeof(messages_t),
    0,
    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_IMMUTABLETYPE,
    messages_slots,
};
}

void add_async_messages(py::module_ &module)
{
    add_next_type();
    module.add_object("Messages", reinterpret_cast<PyObject *>(make_type(messages_spec)));
}
}
