// spotmq._core._wire: the codecs of cpp/spot/wire as functions on bytes, for property tests. The package does
// not use them. Decoders return None for a malformed message.
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <optional>
#include <stdexcept>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "binding/binding.hpp"
#include "spot/registry/pattern.hpp"
#include "spot/wire/control.hpp"
#include "spot/wire/data.hpp"
#include "spot/wire/limits.hpp"
#include "spot/wire/names.hpp"

namespace py = pybind11;
using namespace spot;

namespace
{
using list_t = std::vector<py::bytes>;
using hello_fields_t = std::tuple<std::uint16_t, py::bytes, py::bytes, py::bytes, py::bytes, py::bytes,
                                  std::uint64_t, py::bytes>;
using change_t = std::pair<bool, py::bytes>;
using topics_fields_t = std::pair<std::uint64_t, std::vector<change_t>>;
using pair_t = std::pair<py::bytes, py::bytes>;
using counted_bytes_t = std::pair<py::bytes, std::uint64_t>;
using subs_fields_t = std::pair<std::uint32_t, list_t>;
using ends_fields_t = std::pair<std::uint32_t, std::vector<counted_bytes_t>>;
using header_fields_t = std::tuple<py::bytes, unsigned, std::uint64_t, std::uint64_t, py::bytes>;

py::bytes to_bytes(std::string_view text)
{
    return py::bytes(text.data(), text.size());
}

template <typename Texts> list_t to_list(const Texts &texts)
{
    list_t out;
    for (const auto &text : texts)
        out.push_back(to_bytes(text));
    return out;
}

// The views are valid as long as the list.
wire::frame_views_t views(const list_t &list)
{
    return {list.begin(), list.end()};
}

std::vector<std::string> strings(const list_t &list)
{
    return {list.begin(), list.end()};
}

wire::node_id_t node_id(const py::bytes &raw)
{
    wire::node_id_t id;
    if (!wire::node_id_t::parse(raw, id))
        throw std::invalid_argument("a node id has 16 bytes");
    return id;
}

wire::hello_t hello_of(const hello_fields_t &fields)
{
    const auto &[version, id, name, control, data, ingress, features, cluster] = fields;
    return {version, node_id(id), name, control, data, ingress, features, cluster};
}

std::optional<hello_fields_t> decode_hello(const list_t &in)
{
    wire::hello_t hello;
    if (!wire::decode_hello(views(in), hello))
        return std::nullopt;
    return hello_fields_t(hello.version, to_bytes(hello.node_id.view()), to_bytes(hello.name),
                          to_bytes(hello.control_endpoint), to_bytes(hello.data_endpoint),
                          to_bytes(hello.ingress_endpoint), hello.features, to_bytes(hello.cluster));
}

std::optional<pair_t> decode_publish(const list_t &in)
{
    std::string_view topic;
    std::string_view payload;
    if (!wire::decode_publish(views(in), topic, payload))
        return std::nullopt;
    return pair_t(to_bytes(topic), to_bytes(payload));
}

std::optional<py::bytes> decode_topic(const list_t &in)
{
    std::string_view topic;
    if (!wire::decode_topic(views(in), topic))
        return std::nullopt;
    return to_bytes(topic);
}

std::optional<list_t> decode_query_resp(const list_t &in, std::size_t max_topics)
{
    std::vector<std::string> topics;
    if (!wire::decode_query_resp(views(in), max_topics, topics))
        return std::nullopt;
    return to_list(topics);
}

list_t encode_topics(std::uint64_t version, const std::vector<change_t> &changes)
{
    wire::topics_t topics;
    topics.version = version;
    for (const auto &[added, topic] : changes)
        topics.changes.push_back({added, topic});
    return to_list(wire::encode_topics(topics));
}

std::optional<topics_fields_t> decode_topics(const list_t &in)
{
    wire::topics_t topics;
    if (!wire::decode_topics(views(in), topics))
        return std::nullopt;
    topics_fields_t out(topics.version, {});
    for (const wire::topic_change_t &change : topics.changes)
        out.second.emplace_back(change.added, to_bytes(change.topic));
    return out;
}

list_t encode_peers(const std::vector<pair_t> &peers)
{
    std::vector<wire::peer_entry_t> entries;
    entries.reserve(peers.size());
    for (const auto &[endpoint, id] : peers)
        entries.push_back({endpoint, node_id(id)});
    return to_list(wire::encode_peers(entries));
}

std::optional<std::vector<pair_t>> decode_peers(const list_t &in)
{
    std::vector<wire::peer_entry_t> peers;
    if (!wire::decode_peers(views(in), peers))
        return std::nullopt;
    std::vector<pair_t> out;
    out.reserve(peers.size());
    for (const wire::peer_entry_t &peer : peers)
        out.emplace_back(to_bytes(peer.control_endpoint), to_bytes(peer.node_id.view()));
    return out;
}

std::optional<counted_bytes_t> decode_fence(const list_t &in)
{
    wire::token_t token;
    if (!wire::decode_fence(views(in), token))
        return std::nullopt;
    return counted_bytes_t(to_bytes(token.subscriber.view()), token.counter);
}

list_t encode_lost(const std::vector<counted_bytes_t> &losses)
{
    std::vector<wire::loss_entry_t> entries;
    entries.reserve(losses.size());
    for (const auto &[topic, count] : losses)
        entries.push_back({topic, count});
    return to_list(wire::encode_lost(entries));
}

std::optional<std::vector<counted_bytes_t>> decode_lost(const list_t &in)
{
    std::vector<wire::loss_entry_t> losses;
    if (!wire::decode_lost(views(in), losses))
        return std::nullopt;
    std::vector<counted_bytes_t> out;
    out.reserve(losses.size());
    for (const wire::loss_entry_t &loss : losses)
        out.emplace_back(to_bytes(loss.topic), loss.count);
    return out;
}

std::optional<subs_fields_t> decode_subs(const list_t &in)
{
    wire::subs_t subs;
    if (!wire::decode_subs(views(in), subs))
        return std::nullopt;
    return subs_fields_t(subs.receiver_id, to_list(subs.names));
}

list_t encode_ends(std::uint32_t receiver_id, const std::vector<counted_bytes_t> &ends)
{
    wire::ends_t out;
    out.receiver_id = receiver_id;
    for (const auto &[topic, next] : ends)
        out.ends.push_back({topic, next});
    return to_list(wire::encode_ends(out));
}

std::optional<ends_fields_t> decode_ends(const list_t &in)
{
    wire::ends_t ends;
    if (!wire::decode_ends(views(in), ends))
        return std::nullopt;
    ends_fields_t out(ends.receiver_id, {});
    for (const wire::stream_end_t &end : ends.ends)
        out.second.emplace_back(to_bytes(end.topic), end.next);
    return out;
}

std::optional<std::pair<std::uint32_t, std::uint64_t>> decode_barrier(const list_t &in)
{
    wire::barrier_t barrier;
    if (!wire::decode_barrier(views(in), barrier))
        return std::nullopt;
    return std::make_pair(barrier.receiver_id, barrier.number);
}

py::bytes data_frame(const py::bytes &topic, std::uint8_t flags, std::uint64_t source, std::uint64_t seq,
                     const py::bytes &payload)
{
    const std::string_view name = topic;
    std::string frame = wire::data_prefix(name, flags, source);
    wire::stamp(frame.data(), name.size(), flags, source, seq);
    return to_bytes(frame.append(std::string_view(payload)));
}

std::optional<header_fields_t> parse_data(const py::bytes &frame, bool validate_topic)
{
    wire::data_header_t header;
    if (!wire::parse_data(frame, header, validate_topic))
        return std::nullopt;
    return header_fields_t(to_bytes(header.topic), header.flags, header.source, header.seq,
                           to_bytes(header.payload));
}

py::bytes pack_records(const list_t &records)
{
    std::string payload;
    for (const std::string_view record : views(records)) {
        char length[wire::record_header_bytes];
        wire::put_record_length(length, static_cast<std::uint32_t>(record.size()));
        payload.append(length, sizeof length).append(record);
    }
    return to_bytes(payload);
}

std::optional<list_t> records(const py::bytes &payload)
{
    std::uint64_t count = 0;
    if (!wire::count_records(payload, count))
        return std::nullopt;
    std::string_view rest = payload;
    list_t out;
    for (; count > 0; --count)
        out.push_back(to_bytes(wire::next_record(rest)));
    if (!rest.empty())
        throw std::logic_error("count_records and next_record disagree");
    return out;
}

const char *classify(std::uint8_t code)
{
    switch (wire::classify(code)) {
    case wire::command_class_t::known:
        return "known";
    case wire::command_class_t::ignored:
        return "ignored";
    case wire::command_class_t::malformed:
        break;
    }
    return "malformed";
}

void bind_encoders(py::module_ &m)
{
    const auto publish = [](const py::bytes &topic, const py::bytes &payload) {
        return to_list(wire::encode_publish(topic, payload));
    };
    const auto fence = [](const py::bytes &subscriber, std::uint64_t counter) {
        return to_list(wire::encode_fence({node_id(subscriber), counter}));
    };
    const auto subs = [](std::uint32_t receiver_id, const list_t &names) {
        return to_list(wire::encode_subs({receiver_id, strings(names)}));
    };
    const auto query_resp = [](const list_t &topics) {
        return to_list(wire::encode_query_resp(strings(topics)));
    };
    m.def("encode_publish", publish, py::arg("topic"), py::arg("payload"));
    m.def(
        "encode_subscribe", [](const py::bytes &topic) { return to_list(wire::encode_subscribe(topic)); },
        py::arg("topic"));
    m.def(
        "encode_unsubscribe", [](const py::bytes &topic) { return to_list(wire::encode_unsubscribe(topic)); },
        py::arg("topic"));
    m.def("encode_query", [] { return to_list(wire::encode_query()); });
    m.def("encode_query_resp", query_resp, py::arg("topics"));
    m.def(
        "encode_hello",
        [](const hello_fields_t &hello) { return to_list(wire::encode_hello(hello_of(hello))); },
        py::arg("hello"));
    m.def(
        "encode_welcome",
        [](const hello_fields_t &hello) { return to_list(wire::encode_welcome(hello_of(hello))); },
        py::arg("hello"));
    m.def("encode_topics", &encode_topics, py::arg("version"), py::arg("changes"));
    m.def("encode_peers", &encode_peers, py::arg("peers"));
    m.def("encode_fence", fence, py::arg("subscriber"), py::arg("counter"));
    m.def("encode_bye", [] { return to_list(wire::encode_bye()); });
    m.def("encode_lost", &encode_lost, py::arg("losses"));
    m.def("encode_subs", subs, py::arg("receiver_id"), py::arg("names"));
    const auto barrier = [](std::uint32_t receiver_id, std::uint64_t number) {
        return to_list(wire::encode_barrier({receiver_id, number}));
    };
    m.def("encode_ends", &encode_ends, py::arg("receiver_id"), py::arg("ends"));
    m.def("encode_barrier", barrier, py::arg("receiver_id"), py::arg("number"));
}

void bind_decoders(py::module_ &m)
{
    m.def("classify", &classify, py::arg("code"));
    m.def("decode_publish", &decode_publish, py::arg("frames"));
    m.def("decode_topic", &decode_topic, py::arg("frames"));
    m.def("decode_query_resp", &decode_query_resp, py::arg("frames"),
          py::arg("max_topics") = wire::max_topics_per_peer);
    m.def(
        "encode_refused",
        [](std::uint16_t code, const py::bytes &text) {
            return to_list(wire::encode_refused({code, std::string(text)}));
        },
        py::arg("code"), py::arg("text"));
    m.def("decode_refused", [](const list_t &in) -> std::optional<std::pair<std::uint16_t, py::bytes>> {
        wire::refusal_t refusal;
        if (!wire::decode_refused(views(in), refusal))
            return std::nullopt;
        return std::make_pair(refusal.code, to_bytes(refusal.text));
    });
    m.def("encode_shared",
          [](const list_t &topics) { return to_list(wire::encode_shared(strings(topics))); });
    m.def("decode_shared", [](const list_t &in) -> std::optional<list_t> {
        std::vector<std::string> topics;
        if (!wire::decode_shared(views(in), topics))
            return std::nullopt;
        return to_list(topics);
    });
    m.def("decode_hello", &decode_hello, py::arg("frames"));
    m.def("decode_topics", &decode_topics, py::arg("frames"));
    m.def("decode_peers", &decode_peers, py::arg("frames"));
    m.def("decode_fence", &decode_fence, py::arg("frames"));
    m.def("decode_lost", &decode_lost, py::arg("frames"));
    m.def("decode_subs", &decode_subs, py::arg("frames"));
    m.def("decode_ends", &decode_ends, py::arg("frames"));
    m.def("decode_barrier", &decode_barrier, py::arg("frames"));
}
}

void bind_wire(py::module_ &module)
{
    py::module_ m = module.def_submodule("_wire", "The wire codecs, for tests.");
    bind_encoders(m);
    bind_decoders(m);
    m.def("data_frame", &data_frame, py::arg("topic"), py::arg("flags"), py::arg("source"), py::arg("seq"),
          py::arg("payload"));
    m.def("parse_data", &parse_data, py::arg("frame"), py::arg("validate_topic") = true);
    m.def("pack_records", &pack_records, py::arg("records"));
    m.def("records", &records, py::arg("payload"));
    m.def(
        "valid_topic", [](const py::bytes &name) { return wire::valid_topic(name); }, py::arg("name"));
    m.def(
        "valid_pattern", [](const py::bytes &name) { return wire::valid_pattern(name); }, py::arg("name"));
    m.def(
        "matches",
        [](const py::bytes &pattern, const py::bytes &topic) { return registry::matches(pattern, topic); },
        py::arg("pattern"), py::arg("topic"));
}
