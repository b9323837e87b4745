#include "binding/at_exit.hpp"

#include <atomic>
#include <limits>

#include "binding/binding.hpp"
#include "spot/base/clock.hpp"
#include "spot/transport/thread.hpp"

namespace spot::binding
{
namespace
{
constexpr millis_t longest_hold_ms = 1000;
constexpr std::int64_t slice_ns = 5'000'000;
constexpr millis_t not_ending = -1;

// The time until which threads are held.
std::atomic<millis_t> held_until{not_ending};
std::atomic<unsigned long> ending_thread{0};

bool is_ending()
{
#if PY_VERSION_HEX >= 0x030D0000
    return Py_IsFinalizing() != 0;
#else
    return _Py_IsFinalizing() != 0;
#endif
}
}

void begin_exit()
{
    ending_thread.store(PyThread_get_thread_ident());
    held_until.store(std::numeric_limits<millis_t>::max());
}

void exit_has_begun()
{
    held_until.store(now_ms() + longest_hold_ms);
}

void stay_out_at_exit()
{
    if (held_until.load(std::memory_order_relaxed) == not_ending ||
        PyThread_get_thread_ident() == ending_thread.load())
        return;
    PyThreadState *const state = PyEval_SaveThread();
    while (now_ms() < held_until.load() || !Py_IsInitialized() || is_ending())
        sleep_exactly(slice_ns);
    PyEval_RestoreThread(state);
}
}

void bind_exit(pybind11::module_ &module)
{
    module.def("_begin_exit", &spot::binding::begin_exit);
    module.def("_exit_has_begun", &spot::binding::exit_has_begun);
}
