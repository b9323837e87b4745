// Runs code without the GIL. pybind11's gil_scoped_release takes the GIL back in a destructor; when the
// interpreter ends, Python unwinds a daemon thread that asks for the GIL (pthread_exit), which must not
// happen in a destructor. This function takes it back outside one.
#pragma once

#include <Python.h>

#include <cerrno>
#include <exception>
#include <utility>

namespace spot::binding
{
// Runs `work` without the GIL. Returns its result, with the errno that it left. A C++ exception of `work` is
// thrown again with the GIL held.
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
