// The native base class of spotmq.Subscriber, made as that of spotmq.Spot in bind_node.cpp.
#include <pybind11/pybind11.h>

#include <cerrno>
#include <memory>

#include "binding/binding.hpp"
#include "binding/cold_calls.hpp"
#include "binding/counts.hpp"
#include "binding/no_gil.hpp"
#include "binding/py_subscriber.hpp"
#include "binding/text.hpp"

namespace py = pybind11;

namespace spot::binding
{
namespace
{
using subscriber_holder_t = std::unique_ptr<py_subscriber_t, delete_subscriber_t>;

// A negative limit means the node's.
subscriber_holder_t make_subscriber(self_t<py_node_t> of, int recv_hwm, std::int64_t recv_hwm_bytes)
{
    py_node_t &node = *of;
    receive_queue_t queue;
    run(node, call_t::open, {}, [&](failure_t *) {
        return node.open_queue({recv_hwm, recv_hwm_bytes}, queue);
    });
    return subscriber_holder_t(new py_subscriber_t(node.shared_from_this(), std::move(queue)));
}

py::list subscriber_subscriptions(self_t<py_subscriber_t> self)
{
    py::list result;
    for (const std::string &name : look(*self, [&] { return self->receiver().subscriptions(); }))
        result.append(text_of(name));
    return result;
}

py::dict subscriber_topic_stats(self_t<py_subscriber_t> self)
{
    require_open(*self);
    topic_sums_t sums;
    without_gil([&] {
        self->receiver().break_down(sums);
        return 0;
    });
    py::dict result;
    for (const auto &[topic, sum] : sums)
        result[text_of(topic)] = counts_of(sum, subscriber_topic_counters);
    return result;
}

py::tuple subscriber_stats(self_t<py_subscriber_t> self)
{
    require_open(*self);
    const receiver_t &receiver = self->receiver();
    const taken_of_runs_t taken = self->incoming().taken();
    subscriber_stats_t stats;
    stats.received = receiver.received() + taken.messages;
    stats.bytes_received = receiver.bytes_received() + taken.bytes;
    stats.lost = receiver.lost();
    return counts_of(stats, subscriber_counters);
}

}
}

void bind_subscriber(py::module_ &module)
{
    using namespace spot::binding;
    using self = self_t<py_subscriber_t>;
    py::class_<py_subscriber_t, subscriber_holder_t> subscriber(module, "Subscriber",
                                                                iteration<py_subscriber_t>());
    subscriber.def(py::init(&make_subscriber), py::arg("node"), py::arg("recv_hwm"),
                   py::arg("recv_hwm_bytes"));
    subscriber.def("_subscribe",
                   [](self of, const py::object &names, bool missing_ok, const py::object &timeout_ms) {
                       const std::vector<std::string> wanted = texts(names, "topic");
                       run(*of, call_t::subscribe, {}, timeout(timeout_ms),
                           [&](spot::millis_t left, spot::failure_t *failure) {
                               return of->node().subscribe(of->queue(), wanted, missing_ok, left, failure);
                           });
                   });
    subscriber.def("_unsubscribe", [](self of, const py::object &names) {
        const std::vector<std::string> unwanted = texts(names, "topic");
        run(*of, call_t::unsubscribe, {},
            [&](spot::failure_t *failure) { return of->node().unsubscribe(of->queue(), unwanted, failure); });
    });
    subscriber.def("_subscriptions", &subscriber_subscriptions);
    subscriber.def("_stats", &subscriber_stats);
    subscriber.def("_topic_stats", &subscriber_topic_stats);
    subscriber.def("_close", [](self of) {
        of->close();
        release_let_go();
    });
    subscriber.def_property_readonly("closed", [](self of) { return of->closed(); });
    attach_receiving<py_subscriber_t>(subscriber);
}
