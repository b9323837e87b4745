// The extension module spotmq._core: a table of contents.
#include "binding/binding.hpp"
#include "binding/held.hpp"
#include "binding/interrupt.hpp"
#include "spot/version.hpp"

// Without a GIL what it guards is locked, or not kept: no_gil.hpp.
PYBIND11_MODULE(_core, module, pybind11::mod_gil_not_used())
{
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
}
