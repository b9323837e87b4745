// The origin that the messages of a topic share. Python code never gets it.
#include "binding/binding.hpp"
#include "binding/message_object.hpp"

namespace spot::binding
{
namespace
{
PyTypeObject *origin_type = nullptr;

void origin_dealloc(PyObject *self)
{
    auto *const origin = reinterpret_cast<origin_t *>(self);
    Py_XDECREF(origin->topic);
    Py_XDECREF(origin->pattern);
    PyObject_Free(self);
    Py_DECREF(origin_type);
}

PyType_Slot origin_slots[] = {
    {Py_tp_dealloc, reinterpret_cast<void *>(&origin_dealloc)},
    {0, nullptr},
};

PyType_Spec origin_spec = {
    "spotmq._core.MessageOrigin",
    sizeof(origin_t),
    0,
    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    origin_slots,
};
}

origin_t *make_origin(PyObject *topic, PyObject *pattern)
{
    auto *const origin = PyObject_New(origin_t, origin_type);
    if (!origin)
        return nullptr;
    origin->topic = Py_NewRef(topic);
    origin->pattern = Py_NewRef(pattern);
    return origin;
}

void make_origin_type()
{
    origin_type = reinterpret_cast<PyTypeObject *>(PyType_FromSpec(&origin_spec));
    if (!origin_type)
        throw pybind11::error_already_set();
}
}
