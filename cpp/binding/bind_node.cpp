// The native base class of spotmq.Spot. Its cold methods go through pybind11; their names begin with an
// underscore, and the Python class documents them. Its hot methods are attached as they are.
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <cerrno>
#include <optional>

#include "binding/binding.hpp"
#include "binding/cold_calls.hpp"
#include "binding/counts.hpp"
#include "binding/option_rows.hpp"
#include "binding/py_context.hpp"
#include "binding/py_node.hpp"
#include "binding/text.hpp"
#include "spot/base/errors.hpp"
#include "spot/pubsub/seeds.hpp"
#include "spot/wire/names.hpp"

namespace py = pybind11;

namespace spot::binding
{
namespace
{
// Shared, because subscribers keep their node alive.
using node_holder_t = std::shared_ptr<py_node_t>;

py::tuple texts_of(const std::vector<std::string> &items)
{
    py::tuple result(items.size());
    for (std::size_t i = 0; i < items.size(); ++i)
        result[i] = text_of(items[i]);
    return result;
}

node_holder_t make_node(std::optional<self_t<py_context_t>> context, const py::kwargs &given)
{
    options_t options = options_of(given);
    const auto shared = context ? (*context)->state() : nullptr;
    if (context && (!shared || shared->forked())) {
        raise(call_t::open, ENOTSOCK);
        throw py::error_already_set();
    }
    node_holder_t node(new py_node_t(shared, std::move(options)), delete_without_gil_t());
    if (without_gil([&] { return node->open(); }) != 0) {
        raise(call_t::open, errno);
        throw py::error_already_set();
    }
    return node;
}

void close(self_t<py_node_t> self)
{
    py_node_t &node = *self;
    without_gil([&] {
        node.close();
        return 0;
    });
    node.forget();
    node.incoming().drop();
    release_let_go();
}

py::list peers(self_t<py_node_t> node)
{
    py::list result;
    for (const peer_info_t &peer : look(*node, [&] { return node->peers(); }))
        result.append(py::make_tuple(text_of(peer.endpoint), peer.node_id, text_of(peer.name),
                                     static_cast<int>(peer.state), peer.topics, text_of(peer.reason),
                                     static_cast<double>(peer.since_ms) / 1000));
    return result;
}

py::list list_topics(self_t<py_node_t> node)
{
    py::list result;
    for (const topic_info_t &topic : look(*node, [&] { return node->list_topics(); }))
        result.append(py::make_tuple(text_of(topic.id), static_cast<int>(topic.location),
                                     texts_of(topic.endpoints), topic.reachable));
    return result;
}

py::list subscriptions(self_t<py_node_t> node)
{
    py::list result;
    for (const std::string &name : look(*node, [&] { return node->subscriptions(); }))
        result.append(text_of(name));
    return result;
}

py::dict stats(self_t<py_node_t> node)
{
    stats_t stats = look(*node, [&] { return node->stats(); });
    const taken_of_runs_t taken = node->taken();
    stats.received += taken.messages;
    stats.bytes_received += taken.bytes;
    py::dict result;
    for (const auto &row : node_counters)
        result[py::str(row.name)] = stats.*row.value;
    return result;
}

// The seeds in the environment. With a GIL this reads the environment directly, because Python changes it
// under the GIL; without one it asks Python.
std::vector<std::string> seeds_around()
{
    if constexpr (gil_guards)
        return seeds_from_environment();
    const py::object value = py::module_::import("os").attr("environ").attr("get")("SPOT_SEEDS", "");
    return split_seeds(text(value, "SPOT_SEEDS"));
}

py::dict peer_stats(self_t<py_node_t> node)
{
    py::dict result;
    for (const peer_stats_t &peer : look(*node, [&] { return node->peer_stats(); }))
        result[text_of(peer.endpoint)] = counts_of(peer, peer_counters);
    return result;
}

py::dict topic_stats(self_t<py_node_t> node)
{
    py::dict result;
    for (const topic_stats_t &topic : look(*node, [&] { return node->topic_stats(); }))
        result[text_of(topic.topic)] = counts_of(topic, topic_counters, topic.local);
    return result;
}

template <typename Class> void bind_cluster(Class &node)
{
    node.def("_bind", [](self_t<py_node_t> self, const py::object &endpoint, const py::object &data,
                         const py::object &ingress, const py::object &advertise) {
        const std::string where = text(endpoint, "endpoint");
        bind_options_t options;
        options.data_endpoint = optional_text(data, "data_endpoint");
        options.ingress_endpoint = optional_text(ingress, "ingress_endpoint");
        options.advertise = optional_text(advertise, "advertise");
        run(*self, call_t::bind, where,
            [&](failure_t *failure) { return self->bind(where, options, failure); });
    });
    node.def(
        "_cluster_add", [](self_t<py_node_t> self, const py::object &endpoint, const py::object &timeout_ms) {
            const std::string where = text(endpoint, "endpoint");
            run(*self, call_t::cluster_add, where, timeout(timeout_ms),
                [&](millis_t left, failure_t *failure) { return self->cluster_add(where, left, failure); });
        });
    node.def("_cluster_remove", [](self_t<py_node_t> self, const py::object &endpoint) {
        const std::string where = text(endpoint, "endpoint");
        run(*self, call_t::cluster_remove, where,
            [&](failure_t *failure) { return self->cluster_remove(where, failure); });
    });
    node.def("_join", [](self_t<py_node_t> self, const py::object &given, const py::object &timeout_ms) {
        std::vector<std::string> seeds = texts(given, "seed");
        if (seeds.empty())
            seeds = seeds_around();
        std::string all;
        for (const std::string &seed : seeds)
            all += (all.empty() ? "" : ", ") + seed;
        run(*self, call_t::join, all, timeout(timeout_ms),
            [&](millis_t left, failure_t *failure) { return self->join(seeds, left, failure); });
    });
    node.def("_cluster_sync", [](self_t<py_node_t> self, const py::object &timeout_ms) {
        run(*self, call_t::cluster_sync, {}, timeout(timeout_ms),
            [&](millis_t left, failure_t *failure) { return self->cluster_sync(left, failure); });
    });
    node.def("_flush", [](self_t<py_node_t> self) {
        run(*self, call_t::publish, {}, [&](failure_t *) { return self->flush(); });
    });
    node.def_property_readonly("_send_timeout_ms", [](self_t<py_node_t> self) {
        const millis_t timeout_ms = self->send_timeout_ms();
        return timeout_ms < 0 ? py::object(py::none()) : py::object(py::int_(timeout_ms));
    });
    node.def("_peers", &peers);
    node.def("_stats", &stats);
    node.def("_peer_stats", &peer_stats);
    node.def("_topic_stats", &topic_stats);
    node.def("_close", &close);
    node.def_property_readonly("closed", [](self_t<py_node_t> self) { return self->closed(); });
    node.def_property_readonly("node_id", [](self_t<py_node_t> self) { return self->node_id().hex(); });
    node.def_property_readonly("name", [](self_t<py_node_t> self) { return text_of(self->name()); });
    // In a forked child these take no lock: another thread of the parent may have held it at the fork.
    node.def_property_readonly("endpoint", [](self_t<py_node_t> self) {
        return self->forked() ? py::none() : text_or_none(without_gil([&] { return self->endpoint(); }));
    });
    node.def_property_readonly("data_endpoint", [](self_t<py_node_t> self) {
        return self->forked() ? py::none() : text_or_none(without_gil([&] { return self->data_endpoint(); }));
    });
}

template <typename Class> void bind_topics(Class &node)
{
    node.def("_topic_create", [](self_t<py_node_t> self, const py::object &topic, bool shared) {
        const std::string name = text(topic, "topic");
        run(*self, call_t::topic_create, name,
            [&](failure_t *failure) { return self->topic_create(name, shared, failure); });
    });
    node.def("_topic_destroy", [](self_t<py_node_t> self, const py::object &topic) {
        const std::string name = text(topic, "topic");
        run(*self, call_t::topic_destroy, name,
            [&](failure_t *failure) { return self->topic_destroy(name, failure); });
    });
    node.def("_topic_route", [](self_t<py_node_t> self, const py::object &topic, const py::object &endpoint) {
        const std::string name = text(topic, "topic");
        const std::string where = text(endpoint, "endpoint");
        // EINVAL may mean either argument; the call that the error names depends on which one is wrong.
        const bool valid = wire::valid_topic(name);
        run(*self, valid ? call_t::topic_route : call_t::topic_create, valid ? where : name,
            [&](failure_t *failure) { return self->topic_route(name, where, failure); });
    });
    node.def("_topic_exists", [](self_t<py_node_t> self, const py::object &topic) {
        const std::string name = text(topic, "topic");
        return look(*self, [&] { return self->topic_exists(name); });
    });
    node.def("_topic_is_local", [](self_t<py_node_t> self, const py::object &topic) {
        const std::string name = text(topic, "topic");
        return look(*self, [&] { return self->topic_is_local(name); });
    });
    node.def("_check_topic", [](self_t<py_node_t> self, const py::object &topic) {
        const std::string name = text(topic, "topic");
        run(*self, call_t::topic_create, name,
            [&](failure_t *) { return wire::valid_topic(name) ? 0 : fail(EINVAL); });
    });
    node.def("_list_topics", &list_topics);
    node.def("_count_subscribers", [](self_t<py_node_t> self, const py::object &topic) {
        const std::string name = text(topic, "topic");
        return look(*self, [&] { return self->count_subscribers(name); });
    });
    node.def("_served", [](self_t<py_node_t> self) { return look(*self, [&] { return self->served(); }); });
    node.def("_subscribe", [](self_t<py_node_t> self, const py::object &names, bool missing_ok,
                              const py::object &timeout_ms) {
        const std::vector<std::string> wanted = texts(names, "topic");
        run(*self, call_t::subscribe, {}, timeout(timeout_ms), [&](millis_t left, failure_t *failure) {
            return self->subscribe(wanted, missing_ok, left, failure);
        });
    });
    node.def("_unsubscribe", [](self_t<py_node_t> self, const py::object &names) {
        const std::vector<std::string> unwanted = texts(names, "topic");
        run(*self, call_t::unsubscribe, {},
            [&](failure_t *failure) { return self->unsubscribe(unwanted, failure); });
    });
    node.def("_subscriptions", &subscriptions);
}
}
}

void bind_node(py::module_ &module)
{
    using namespace spot::binding;
    py::class_<py_node_t, node_holder_t> node(module, "Node", iteration<py_node_t>());
    node.def(py::init(&make_node), py::arg("context"));
    module.def("_options", &option_rows);
    bind_cluster(node);
    bind_topics(node);
    attach(node, publish_method);
    attach(node, publish_many_method);
    attach(node, publish_now_method);
    attach(node, publish_many_now_method);
    attach_receiving<py_node_t>(node);
}
