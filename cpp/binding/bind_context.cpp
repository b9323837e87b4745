#include <pybind11/pybind11.h>

#include <cerrno>

#include "binding/binding.hpp"
#include "binding/errors.hpp"
#include "binding/gil.hpp"
#include "binding/py_context.hpp"
#include "binding/self.hpp"

namespace py = pybind11;

void bind_context(py::module_ &module)
{
    using namespace spot::binding;
    using holder_t = std::unique_ptr<py_context_t, delete_context_t>;

    py::class_<py_context_t, holder_t>(module, "Context")
        .def(py::init([](int io_threads) {
                 auto state = without_gil([&] { return spot::ctx_state_t::create(io_threads); });
                 if (!state) {
                     raise(call_t::open, errno);
                     throw py::error_already_set();
                 }
                 return holder_t(new py_context_t(std::move(state)));
             }),
             py::arg("io_threads"))
        .def("_close", [](self_t<py_context_t> self) { close_context(*self); })
        .def_property_readonly(
            "closed",
            [](self_t<py_context_t> self) {
                const auto state = self->state();
                return !state || state->forked();
            },
            "Whether close() was called, or the process was forked from the one that made it.");
}
