// Giving up the GIL. Not pybind11's gil_scoped_release: a daemon thread that comes back for the GIL while the
// interpreter ends is unwound by Python (pthread_exit), which must not happen inside a destructor.
#pragma once

#include <Python.h>

#include <cerrno>
#include <exception>
#include <utility>

namespace spot::binding
{
// Runs `work` without the GIL and returns what it returned; errno is what `work` left. An exception of C++'s
// comes out with the GIL held.
template <typename Work> auto without_gil(Work &&work) -> decltype(work())
{
    decltype(work()) result{};
    std::exception_ptr failure;
    PyThreadState *const state = PyEval_SaveThread();
    try {
        result = work();
    } catch (const std::exception &) {
        failure = std::current_exception();
    }
    const int error = errno;
    PyEval_RestoreThread(state);
    if (failure)
        std::rethrow_exception(failure);
    errno = error;
    return result;
}
}
