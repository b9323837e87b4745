// spotmq._core._log: gives the lines of the core's log to spotmq/_logging.py, which makes logging records of
// them.
#include <atomic>
#include <new>
#include <stdexcept>

#include <pthread.h>

#include "binding/args.hpp"
#include "binding/binding.hpp"
#include "binding/gil.hpp"
#include "binding/log_queue.hpp"
#include "binding/text.hpp"

namespace py = pybind11;

namespace spot::binding
{
namespace
{
// Never destroyed, because threads may wait in the queue when the process ends.
std::atomic<log_queue_t *> queue{nullptr};

void put_line(log_level_t level, std::string_view text)
{
    queue.load(std::memory_order_acquire)->put(level, text);
}

// In a forked child: the queue's mutex may have been held at the fork, and the thread that takes lines does
// not exist in the child. So the child gets a new queue.
void renew_in_child()
{
    set_log_level(log_level_t::off);
    if (auto *fresh = new (std::nothrow) log_queue_t)
        queue.store(fresh, std::memory_order_release);
}

log_queue_t &current()
{
    return *queue.load(std::memory_order_acquire);
}

void set_level(int level)
{
    if (level < 0 || level > static_cast<int>(log_level_t::off))
        throw py::value_error("no such level");
    set_log_level(static_cast<log_level_t>(level));
}

py::object take(const py::object &timeout_ms)
{
    millis_t timeout = forever;
    if (!parse_timeout(timeout_ms.ptr(), timeout))
        throw py::error_already_set();
    std::vector<log_line_t> lines;
    std::uint64_t dropped = 0;
    log_queue_t &from = current();
    if (!without_gil([&] { return from.take(lines, dropped, timeout); }))
        return py::none();
    py::list records;
    for (const log_line_t &line : lines)
        records.append(py::make_tuple(static_cast<int>(line.level), line.time, text_of(line.text)));
    return py::make_tuple(dropped, records);
}

// The body of the thread that takes lines. The thread owns a reference to the function; no C++ frame of it
// holds another object when the interpreter ends the thread.
void run_thread(void *argument)
{
#if defined(__linux__)
    pthread_setname_np(pthread_self(), "spotmq-log");
#elif defined(__APPLE__)
    pthread_setname_np("spotmq-log");
#endif
    const PyGILState_STATE state = PyGILState_Ensure();
    PyObject *const function = static_cast<PyObject *>(argument);
    PyObject *const result = PyObject_CallNoArgs(function);
    if (!result)
        PyErr_WriteUnraisable(function);
    Py_XDECREF(result);
    Py_DECREF(function);
    current().finish();
    PyGILState_Release(state);
}

// Starts a thread of the system, not one of Python's threading module: gevent and eventlet replace that by
// greenlets, and a greenlet that waits in native code stops all others.
void start_thread(const py::object &function)
{
    PyObject *const owned = py::object(function).release().ptr();
    if (PyThread_start_new_thread(&run_thread, owned) == PYTHREAD_INVALID_THREAD_ID) {
        Py_DECREF(owned);
        throw std::runtime_error("no thread can be had");
    }
}

bool join(const py::object &timeout_ms)
{
    millis_t timeout = forever;
    if (!parse_timeout(timeout_ms.ptr(), timeout))
        throw py::error_already_set();
    return without_gil([&] { return current().join(timeout); });
}
}
}

void bind_log(py::module_ &module)
{
    using namespace spot::binding;
    if (!queue.load()) {
        queue.store(new log_queue_t);
        pthread_atfork(nullptr, nullptr, &renew_in_child);
        spot::set_log_sink(&put_line);
    }
    py::module_ log = module.def_submodule("_log", "The core's log, for spotmq/_logging.py.");
    log.def("set_level", &set_level, py::arg("level"), "0: debug, 1: info, 2: warning, 3: off.");
    log.def("claim", [] { return without_gil([] { return current().claim(); }); });
    log.def("give_up_claim", [] {
        without_gil([] {
            current().give_up_claim();
            return 0;
        });
    });
    log.def("start_thread", &start_thread, py::arg("function"), "Raises RuntimeError when there is none.");
    log.def("join", &join, py::arg("timeout_ms"), "Whether that thread has ended in time, or there is none.");
    log.def("take", &take, py::arg("timeout_ms"),
            "(how many were dropped, [(level, seconds since 1970, text)]); None after close().");
    log.def("close", [] {
        without_gil([] {
            current().close();
            return 0;
        });
    });
}
