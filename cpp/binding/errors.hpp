// errno and the call it came from -> a Python exception. The classes are made in spotmq/errors.py, which
// registers them here when it is imported.
#pragma once

#include <Python.h>

#include <string_view>

#include "spot/base/types.hpp"

namespace spot::binding
{
enum class call_t
{
    open, // making a node or a context
    bind,
    cluster_add,
    cluster_remove,
    cluster_sync,
    join,
    topic_create,
    topic_destroy,
    topic_route,
    subscribe,
    unsubscribe,
    publish,
    receive,
    watch,
    other,
};

// Sets the exception for `error`. EINTR keeps the exception that a signal handler raised. Always null, so
// that callers can return it.
PyObject *raise(call_t call, int error, const failure_t &failure);
PyObject *raise(call_t call, int error, std::string_view subject = {});
// The frequent ones, without the formatting.
PyObject *raise_nothing_arrived();
PyObject *raise_closed(bool forked);
PyObject *raise_too_large(std::string_view topic, unsigned long long size, unsigned long long limit);

// In a catch block: the Python exception for what was caught. Always null.
PyObject *raise_caught();

// Tells the current exception, if it is one of ours, which object and which call it came from: errors.py asks
// that object for advice if the exception is ever printed. A weak reference, so that an exception which is
// kept does not keep a node open.
void name_source(PyObject *self, call_t call);

// Tells the current PeerUnreachable that its peer is CONNECTING: who never waits may try again soon.
void note_connecting(bool connecting);
// Takes the current exception away if it is such a one.
bool clear_if_connecting();

// Puts "item N: " in front of the current exception's text, or a note behind it.
void name_item(Py_ssize_t index);
}
