// Raises Python exceptions for the errors of calls. The classes are defined in spotmq/errors.py, which
// registers them here when it is imported. Call everything with the GIL.
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

// Sets the exception for `error`. For EINTR it keeps the exception that a signal handler raised. Returns
// null, so that callers can return the result.
PyObject *raise(call_t call, int error, const failure_t &failure);
PyObject *raise(call_t call, int error, std::string_view subject = {});
// Frequent exceptions, made without formatting a text.
PyObject *raise_nothing_arrived();
PyObject *raise_closed(bool forked);
PyObject *raise_too_large(std::string_view topic, unsigned long long size, unsigned long long limit);

// In a catch block: sets the Python exception for the C++ exception that was caught. Returns null.
PyObject *raise_caught();

// Notes in the current exception, if it is one of spotmq's, the object and the call that it came from:
// errors.py asks that object for advice when the exception is printed. The reference is weak, so that a
// stored exception keeps no node open.
void name_source(PyObject *self, call_t call);

// Notes in the current PeerUnreachable whether its peer is CONNECTING; a caller that never waits may then try
// again soon.
void note_connecting(bool connecting);
// Clears the current exception if it is a PeerUnreachable with that note.
bool clear_if_connecting();

// Puts "item N: " before the text of the current exception; an exception of another package gets a note
// instead.
void name_item(Py_ssize_t index);
}
