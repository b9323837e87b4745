// The native base class of spotmq.Events. It takes events as tuples, of which the Python class makes records.
#include <pybind11/pybind11.h>

#include <cerrno>
#include <memory>
#include <string>
#include <utility>

#include "binding/args.hpp"
#include "binding/binding.hpp"
#include "binding/errors.hpp"
#include "binding/gil.hpp"
#include "binding/held.hpp"
#include "binding/interrupt.hpp"
#include "binding/py_events.hpp"
#include "binding/py_node.hpp"
#include "binding/self.hpp"
#include "binding/text.hpp"

namespace py = pybind11;

namespace spot::binding
{
namespace
{
using events_t = self_t<py_events_t>;

deadline_t deadline_of(const py::object &timeout_ms)
{
    millis_t result = forever;
    if (!parse_timeout(timeout_ms.ptr(), result))
        throw py::error_already_set();
    return deadline_t(result);
}

// Waits without the GIL. It goes on waiting after a signal whose handler raised no exception.
template <typename Wait> take_t wait_for(Wait &&wait)
{
    release_let_go();
    take_t result = take_t::interrupted;
    do {
        result = without_gil(wait);
    } while (result == take_t::interrupted && !interrupted_by_exception());
    return result;
}

[[noreturn]] void raise_for(const py_events_t &events, take_t result)
{
    if (result == take_t::closed && events.forked())
        raise_closed(true);
    else if (result == take_t::closed)
        raise(call_t::watch, ENOTSOCK);
    else if (result == take_t::empty)
        raise(call_t::watch, EAGAIN);
    throw py::error_already_set(); // after an interrupted wait the exception is set already
}

std::unique_ptr<py_events_t> watch(self_t<py_node_t> node)
{
    release_let_go();
    std::shared_ptr<event_queue_t> queue;
    if (node->closed())
        errno = ENOTSOCK;
    else
        queue = without_gil([&] { return node->watch(); });
    if (queue)
        return std::make_unique<py_events_t>(std::move(queue));
    if (errno == ENOTSOCK)
        raise_closed(node->forked());
    else
        raise(call_t::other, errno);
    throw py::error_already_set();
}

py::tuple tuple_of(const event_t &event)
{
    const bool counts = event.kind == event_kind_t::subscribers_changed || event.kind == event_kind_t::lost;
    return py::make_tuple(static_cast<int>(event.kind), text_or_none(event.topic), text_or_none(event.peer),
                          text_of(event.node_id), counts ? py::object(py::int_(event.count)) : py::none());
}

py::tuple take_event(events_t self, const py::object &timeout_ms)
{
    const deadline_t deadline = deadline_of(timeout_ms);
    event_t event;
    const take_t result = wait_for([&] { return self->queue().take(event, deadline); });
    if (result != take_t::got)
        raise_for(*self, result);
    return tuple_of(event);
}

// The next event for iteration; None at the end.
py::object next_event(events_t self)
{
    event_t event;
    const take_t result = wait_for([&] { return self->queue().take(event, deadline_t(forever)); });
    if (result == take_t::closed && !self->forked())
        return py::none();
    if (result != take_t::got)
        raise_for(*self, result);
    return tuple_of(event);
}

bool wait_for_event(events_t self, const py::object &timeout_ms)
{
    const deadline_t deadline = deadline_of(timeout_ms);
    const take_t result = wait_for([&] { return self->queue().wait(deadline); });
    if (result != take_t::got && result != take_t::empty)
        raise_for(*self, result);
    return result == take_t::got;
}

int descriptor(events_t self)
{
    const int fd = without_gil([&] { return self->queue().fd(); });
    if (fd < 0)
        raise_for(*self, take_t::closed);
    return fd;
}
}
}

void bind_events(py::module_ &module)
{
    using namespace spot::binding;
    py::class_<py_events_t>(module, "Events")
        .def(py::init(&watch), py::arg("node"))
        .def("_take", &take_event)
        .def("_next", &next_event)
        .def("_poll", &wait_for_event)
        .def("_fileno", &descriptor)
        .def("_close",
             [](events_t self) {
                 without_gil([&] {
                     self->queue().close();
                     return 0;
                 });
             })
        .def_property_readonly(
            "closed", [](events_t self) { return without_gil([&] { return self->queue().closed(); }); },
            "Whether close() was called, here or of the node, or the process was forked.");
}
