// The extension module spotmq._core, assembled from its parts.
#include "binding/binding.hpp"
#include "binding/held.hpp"
#include "binding/interrupt.hpp"
#include "spot/version.hpp"

namespace
{
constexpr const char *no_sub_interpreters =
    "spotmq cannot be used in a sub-interpreter: its objects and its exceptions are the main interpreter's. "
    "Import it there, or use processes.";

bool in_main_interpreter()
{
    return PyInterpreterState_Get() == PyInterpreterState_Main();
}
}

// mod_gil_not_used: without a GIL, the data that it guards has locks, or is not kept (no_gil.hpp).
//
// pybind11 makes PyInit__core_here of this. Python calls PyInit__core below, which refuses interpreters in
// which the module does not work before pybind11 runs.
PYBIND11_MODULE(_core_here, module, pybind11::mod_gil_not_used())
{
    if (!in_main_interpreter()) // Python before 3.12, and later ones where the interpreter allows such
                                // modules
        throw pybind11::import_error(no_sub_interpreters);
    module.doc() = "The compiled part of spotmq. Use the package, not this module.";
    module.attr("__version__") = SPOT_VERSION;

    spot::binding::install_interrupt_hook();
    spot::binding::install_release_hook();
    bind_errors(module);
    bind_context(module);
    bind_message(module);
    bind_node(module);
    bind_subscriber(module);
    bind_events(module);
    bind_log(module);
    bind_wire(module);
    bind_libzmq(module);
    bind_async(module);
    bind_exit(module);
}

// pybind11 does not support a second interpreter, so that this module refuses one itself.
extern "C" PYBIND11_EXPORT PyObject *PyInit__core()
{
    if (in_main_interpreter())
        return PyInit__core_here();
    PyErr_SetString(PyExc_ImportError, no_sub_interpreters);
    return nullptr;
}
