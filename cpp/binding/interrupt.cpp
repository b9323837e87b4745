#include "binding/interrupt.hpp"

#include <Python.h>

#include <atomic>

#include <pthread.h>

#include "spot/base/interrupt.hpp"

namespace spot::binding
{
namespace
{
// Python runs signal handlers in its main thread only, so that only this thread looks for signals. Another
// thread must not ask for the GIL here: while the interpreter ends it would never get it.
std::atomic<unsigned long> main_thread{0};

thread_local const call_interrupt_t *of_this_call = nullptr;

bool call_interrupted()
{
    return of_this_call && of_this_call->is_set();
}

// The hook: the core calls it during a wait, without the GIL and with no lock held.
bool python_wants_attention()
{
    if (call_interrupted())
        return true;
    if (PyThread_get_thread_ident() != main_thread.load(std::memory_order_relaxed) || !Py_IsInitialized())
        return false;
    const PyGILState_STATE state = PyGILState_Ensure();
    // An exception stays in this thread's state; the waiting call finds it there when it returns.
    const bool raised = PyErr_CheckSignals() != 0;
    PyGILState_Release(state);
    return raised;
}

unsigned long find_main_thread()
{
    unsigned long ident = PyThread_get_thread_ident();
    PyObject *threading = PyImport_ImportModule("threading");
    PyObject *thread = threading ? PyObject_CallMethod(threading, "main_thread", nullptr) : nullptr;
    PyObject *value = thread ? PyObject_GetAttrString(thread, "ident") : nullptr;
    if (value && PyLong_Check(value))
        ident = PyLong_AsUnsignedLong(value);
    PyErr_Clear();
    Py_XDECREF(value);
    Py_XDECREF(thread);
    Py_XDECREF(threading);
    return ident;
}
}

void install_interrupt_hook()
{
    main_thread.store(find_main_thread());
    // The thread that calls fork() is the child's main thread.
    pthread_atfork(nullptr, nullptr, [] { main_thread.store(PyThread_get_thread_ident()); });
    interrupt_hook().store(&python_wants_attention);
}

bool interrupted_by_exception()
{
    if (PyErr_Occurred() || PyErr_CheckSignals() != 0)
        return true;
    if (!call_interrupted())
        return false;
    PyErr_SetNone(PyExc_InterruptedError);
    return true;
}

void call_interrupt_t::enter() const
{
    of_this_call = this;
}

void call_interrupt_t::leave() const
{
    of_this_call = nullptr;
}
}
