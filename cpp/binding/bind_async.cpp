// The native parts of spotmq.asyncio: iterating without a Python frame for each message, calls that end when
// their task is cancelled, and turns on the event loop.
#include <pybind11/pybind11.h>

#include "binding/async_messages.hpp"
#include "binding/at_exit.hpp"
#include "binding/binding.hpp"
#include "binding/interrupt.hpp"
#include "binding/self.hpp"
#include "binding/turn.hpp"

namespace py = pybind11;

void bind_async(py::module_ &module)
{
    using namespace spot::binding;
    py::module_ submodule = module.def_submodule("_async", "For spotmq.asyncio.");
    add_async_messages(submodule);
    submodule.def("turn_over", &turn_t::over);
    submodule.def("begin_turn", &turn_t::begin);
    submodule.def("stay_out_at_exit", &stay_out_at_exit);
    py::class_<call_interrupt_t>(submodule, "Interrupt",
                                 "Ends the calls of the core that its thread makes in a with block.")
        .def(py::init<>())
        .def("set", [](self_t<call_interrupt_t> self) { self->set(); })
        // Python code enters and leaves, not a C++ scope: if the interpreter ends during the call, the call
        // never returns, and no C++ frame with objects to destroy may be left on that thread.
        .def("__enter__", [](self_t<call_interrupt_t> self) { self->enter(); })
        .def("__exit__", [](self_t<call_interrupt_t> self, const py::args &) { self->leave(); });
}
