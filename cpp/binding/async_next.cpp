// While messages wait, each costs one small awaitable that returns at once: no coroutine, no future, and no
// exception to carry the result. The awaitable takes its message in the same step in which it returns it to
// its task, so that an awaitable which is cancelled, or never awaited, has taken none.
#include "binding/async_next.hpp"

#include <Python.h>

#include <array>
#include <cstddef>

#include "binding/errors.hpp"
#include "binding/held.hpp"
#include "binding/no_gil.hpp"
#include "binding/turn.hpp"

namespace spot::binding
{
namespace
{
struct next_t
{
    PyObject_HEAD messages_t *messages; // a reference; null once the awaitable has returned
    PyObject *pausing; // the awaitable of the pause in which it waits; null: it did not have to wait
    bool in_use;       // whether a thread uses it; only read without a GIL
};

PyTypeObject *next_type = nullptr;

next_t *next_of(PyObject *self)
{
    return reinterpret_cast<next_t *>(self);
}

std::array<PyObject *, 8> spare_nexts;
std::size_t spare_count = 0; // the GIL guards both; without one they are not used

void next_dealloc(PyObject *self)
{
    PyTypeObject *const type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    Py_XDECREF(next_of(self)->messages);
    Py_XDECREF(next_of(self)->pausing);
#ifndef Py_GIL_DISABLED
    if (spare_count < spare_nexts.size())
        spare_nexts[spare_count++] = self;
    else
#endif
        PyObject_GC_Del(self);
    Py_DECREF(type);
}

int next_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(next_of(self)->messages);
    Py_VISIT(next_of(self)->pausing);
    return 0;
}

int next_clear(PyObject *self)
{
    Py_CLEAR(next_of(self)->messages);
    Py_CLEAR(next_of(self)->pausing);
    return 0;
}

// Drops what the awaitable holds: it has returned, or failed.
void finish(next_t *next)
{
    Py_CLEAR(next->pausing);
    Py_CLEAR(next->messages);
}

PySendResult failed(next_t *next)
{
    finish(next);
    return PYGEN_ERROR;
}

PySendResult end(next_t *next, bool forked)
{
    if (forked)
        raise_closed(true);
    else
        PyErr_SetNone(PyExc_StopAsyncIteration);
    return failed(next);
}

// Takes a message without waiting. `empty`: there is none. Otherwise the awaitable ends, and `sent` tells
// how.
take_t take_at_once(next_t *next, PyObject **result, PySendResult &sent)
{
    release_let_go();
    PyObject *message = nullptr;
    bool forked = false;
    const take_t taken = next->messages->try_take(next->messages->source, message, forked);
    if (taken == take_t::got && message) {
        finish(next);
        *result = message;
        sent = PYGEN_RETURN;
    } else if (taken == take_t::closed) {
        sent = end(next, forked);
    } else if (taken != take_t::empty) { // MemoryError
        sent = failed(next);
    }
    return taken;
}

bool begin_pause(PyObject *self, bool over)
{
    next_t *const next = next_of(self);
    PyObject *const coroutine = PyObject_CallOneArg(next->messages->pause, over ? Py_True : Py_False);
    if (!coroutine)
        return false;
    next->pausing = coroutine;
    PyObject_GC_Track(self);
    return true;
}

// The pause is over. `more`: its result. False: there are no more messages.
bool end_pause(PyObject *self, PyObject *more)
{
    PyObject_GC_UnTrack(self);
    Py_CLEAR(next_of(self)->pausing);
    turn_t::begin();
    const bool goes_on = more == Py_True;
    Py_DECREF(more);
    return goes_on;
}

PySendResult refuse()
{
    PyErr_SetString(PyExc_RuntimeError, "another thread awaits this already");
    return PYGEN_ERROR;
}

PySendResult next_send(PyObject *self, PyObject *value, PyObject **result)
{
    next_t *const next = next_of(self);
    *result = nullptr;
    const sole_user_t sole(next->in_use);
    if (!sole)
        return refuse();
    if (!next->messages) {
        PyErr_SetString(PyExc_RuntimeError, "cannot reuse an awaitable of __anext__()");
        return PYGEN_ERROR;
    }
    try {
        for (bool rested = false;; rested = true) {
            if (!next->pausing) {
                PySendResult sent{};
                const bool over = !rested && turn_t::over();
                if (!over && take_at_once(next, result, sent) != take_t::empty)
                    return sent;
                if (!begin_pause(self, over))
                    return failed(next);
                value = Py_None;
            }
            PyObject *outcome = nullptr;
            switch (PyIter_Send(next->pausing, value, &outcome)) {
            case PYGEN_NEXT:
                *result = outcome;
                return PYGEN_NEXT;
            case PYGEN_ERROR:
                return failed(next);
            case PYGEN_RETURN:
                if (!end_pause(self, outcome))
                    return end(next, false);
            }
        }
    } catch (const std::exception &) {
        raise_caught();
        return failed(next);
    }
}

// Turns the result of a step into that of send() or next() in Python.
PyObject *as_iterator(PySendResult sent, PyObject *result)
{
    if (sent == PYGEN_RETURN) { // a Message: neither a tuple nor an exception, so it needs no wrapping
        PyErr_SetObject(PyExc_StopIteration, result);
        Py_DECREF(result);
        return nullptr;
    }
    return result;
}

PyObject *next_iternext(PyObject *self)
{
    PyObject *result = nullptr;
    const PySendResult sent = next_send(self, Py_None, &result);
    return as_iterator(sent, result);
}

PyObject *next_send_method(PyObject *self, PyObject *value)
{
    PyObject *result = nullptr;
    const PySendResult sent = next_send(self, value, &result);
    return as_iterator(sent, result);
}

PyObject *next_throw(PyObject *self, PyObject *args)
{
    next_t *const next = next_of(self);
    PyObject *type = nullptr, *value = nullptr, *trace = nullptr;
    if (!PyArg_UnpackTuple(args, "throw", 1, 3, &type, &value, &trace))
        return nullptr;
    const sole_user_t sole(next->in_use);
    if (!sole) {
        refuse();
        return nullptr;
    }
    if (!next->pausing) { // it has not begun, so that no pause could handle the exception
        finish(next);
        if (PyExceptionInstance_Check(type))
            PyErr_SetObject(reinterpret_cast<PyObject *>(Py_TYPE(type)), type);
        else
            PyErr_SetObject(type, value);
        return nullptr;
    }
    PyObject *const method = PyObject_GetAttrString(next->pausing, "throw");
    PyObject *const yielded = method ? PyObject_CallObject(method, args) : nullptr;
    Py_XDECREF(method);
    if (!yielded)
        finish(next);
    return yielded;
}

PyObject *next_close(PyObject *self, PyObject *)
{
    next_t *const next = next_of(self);
    const sole_user_t sole(next->in_use);
    if (!sole) {
        refuse();
        return nullptr;
    }
    PyObject *const closed =
        next->pausing ? PyObject_CallMethod(next->pausing, "close", nullptr) : Py_NewRef(Py_None);
    finish(next);
    return closed;
}

PyMethodDef next_methods[] = {
    {"send", next_send_method, METH_O, nullptr},
    {"throw", next_throw, METH_VARARGS, nullptr},
    {"close", next_close, METH_NOARGS, nullptr},
    {nullptr, nullptr, 0, nullptr},
};

PyType_Slot next_slots[] = {
    {Py_tp_dealloc, reinterpret_cast<void *>(&next_dealloc)},
    {Py_tp_traverse, reinterpret_cast<void *>(&next_traverse)},
    {Py_tp_clear, reinterpret_cast<void *>(&next_clear)},
    {Py_tp_iter, reinterpret_cast<void *>(&PyObject_SelfIter)},
    {Py_tp_iternext, reinterpret_cast<void *>(&next_iternext)},
    {Py_am_await, reinterpret_cast<void *>(&PyObject_SelfIter)},
    {Py_am_send, reinterpret_cast<void *>(&next_send)},
    {Py_tp_methods, next_methods},
    {0, nullptr},
};

PyType_Spec next_spec = {
    "spotmq._core._async._Next",
    sizeof(next_t),
    0,
    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_IMMUTABLETYPE | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    next_slots,
};
}

void add_next_type()
{
    next_type = make_type(next_spec);
}

// The garbage collector tracks an awaitable only once it waits: those that return at once live too briefly to
// matter.
PyObject *make_next(PyObject *messages)
{
    PyObject *object = nullptr;
    if (spare_count > 0) {
        object = spare_nexts[--spare_count];
        PyObject_Init(object, next_type);
    } else if (!(object = reinterpret_cast<PyObject *>(PyObject_GC_New(next_t, next_type)))) {
        return nullptr;
    }
    next_of(object)->messages = messages_of(Py_NewRef(messages));
    next_of(object)->pausing = nullptr;
    next_of(object)->in_use = false;
    return object;
}
}
