#include "binding/publishing.hpp"

#include <cerrno>
#include <new>
#include <string>

#include "binding/args.hpp"
#include "binding/errors.hpp"
#include "binding/gil.hpp"
#include "binding/held.hpp"
#include "binding/interrupt.hpp"

namespace spot::binding
{
namespace
{
// From this size on, payloads are copied without the GIL, so that other Python threads do not wait.
constexpr std::size_t copy_without_gil_from = 1024 * 1024;

// The text of a topic. False with a Python exception.
bool topic_text(PyObject *topic, std::string_view &text)
{
    if (!PyUnicode_Check(topic)) {
        PyErr_Format(PyExc_TypeError, "topic must be str, not %.100s", Py_TYPE(topic)->tp_name);
        return false;
    }
    Py_ssize_t size = 0;
    const char *const utf8 = PyUnicode_AsUTF8AndSize(topic, &size);
    if (utf8) {
        text = {utf8, static_cast<std::size_t>(size)};
        return true;
    }
    if (PyErr_ExceptionMatches(PyExc_UnicodeEncodeError)) { // a lone surrogate, which no topic has
        PyErr_Clear();
        std::string name;
        if (parse_text(topic, "topic", name))
            raise(call_t::publish, ENOENT, name);
    }
    return false;
}

// Packs bytes without copying them. `held` keeps them valid until libzmq has sent them; this takes it over in
// any case.
parcel_t pack_held(const outlet_t &outlet, std::string_view bytes, held_t *held)
{
    try {
        return outlet.pack_in_place(const_cast<char *>(bytes.data()), bytes.size(), &let_go_of, held);
    } catch (const std::bad_alloc &) {
        let_go(held);
        throw;
    }
}
}

namespace
{
// The caller keeps the object whose bytes `topic` views.
std::shared_ptr<outlet_t> outlet_of_owner(py_node_t &node, std::string_view topic)
{
    const deadline_t deadline(node.send_timeout_ms());
    for (;;) {
        std::shared_ptr<outlet_t> outlet;
        without_gil([&] {
            outlet = node.outlet_soon(topic, deadline);
            return outlet ? 0 : -1;
        });
        if (outlet || errno != EINTR || interrupted_by_exception())
            return outlet;
    }
}

void raise_no_outlet(const py_node_t &node, int error, std::string_view topic)
{
    if (error == ENOTSOCK) {
        raise_closed(node.forked());
        return;
    }
    failure_t failure;
    failure.subject = std::string(topic);
    if (error == EHOSTUNREACH)
        failure.reason = node.why_unreachable(topic);
    raise(call_t::publish, error, failure);
    if (error == EHOSTUNREACH)
        note_connecting(node.owner_connects(topic));
}
}

std::shared_ptr<outlet_t> find_outlet(py_node_t &node, PyObject *topic, patience_t patience)
{
    if (node.closed()) {
        raise_closed(node.forked());
        return nullptr;
    }
    if (const auto *known = node.recall(topic))
        return *known;
    std::string_view name;
    if (!topic_text(topic, name))
        return nullptr;
    const std::uint64_t epoch = node.route_epoch();
    // With the GIL held: this only searches a table and never waits for a peer.
    std::shared_ptr<outlet_t> outlet = node.outlet(name);
    if (!outlet && errno == EHOSTUNREACH && patience != patience_t::none)
        outlet = outlet_of_owner(node, name);
    if (!outlet)
        raise_no_outlet(node, errno, name);
    else if (PyUnicode_CheckExact(topic))
        node.remember(topic, epoch, outlet);
    return outlet;
}

namespace
{
// Calls `send` without the GIL until it succeeds, or fails for another reason than a signal.
template <typename Send>
bool send_without_gil(const py_node_t &node, const std::shared_ptr<outlet_t> &outlet, Send &&send)
{
    while (without_gil(send) != 0) {
        const int error = errno;
        if (error == EINTR && !interrupted_by_exception())
            continue;
        if (error == EHOSTUNREACH || error == ENOTSOCK)
            raise_no_outlet(node, error, outlet->topic());
        else
            raise(call_t::publish, error, outlet->topic());
        return false;
    }
    return true;
}
}

bool publish_slowly(py_node_t &node, std::shared_ptr<outlet_t> outlet, std::string_view bytes,
                    patience_t patience)
{
    return send_without_gil(node, outlet, [&] {
        return patience == patience_t::none ? node.publish(outlet, bytes, 0) : node.publish(outlet, bytes);
    });
}

bool send_slowly(py_node_t &node, std::shared_ptr<outlet_t> outlet, parcel_t &parcel, patience_t patience)
{
    return send_without_gil(node, outlet, [&] {
        return patience == patience_t::none ? node.send(outlet, parcel, 0) : node.send(outlet, parcel);
    });
}

bool size_allowed(const py_node_t &node, const outlet_t &outlet, std::size_t size)
{
    if (size <= node.max_message_bytes())
        return true;
    raise_too_large(outlet.topic(), size, node.max_message_bytes());
    return false;
}

bool publish_one(py_node_t &node, const std::shared_ptr<outlet_t> &outlet, PyObject *data, copying_t copying,
                 patience_t patience)
{
    if (copying == copying_t::never && !PyBytes_CheckExact(data)) {
        held_t *const held = hold_buffer(data);
        if (!held)
            return false;
        const std::string_view bytes{static_cast<const char *>(held->buffer.buf),
                                     static_cast<std::size_t>(held->buffer.len)};
        if (bytes.size() >= in_place_from) {
            if (!size_allowed(node, *outlet, bytes.size())) {
                release(held);
                return false;
            }
            parcel_t parcel = pack_held(*outlet, bytes, held);
            return send(node, outlet, parcel, patience);
        }
        release(held);
    }

    payload_t payload;
    if (!payload.open(data) || !size_allowed(node, *outlet, payload.bytes().size()))
        return false;
    if (copying != copying_t::always && payload.bytes().size() >= in_place_from && PyBytes_CheckExact(data)) {
        held_t *const held = hold(data);
        if (!held)
            return false;
        parcel_t parcel = pack_held(*outlet, payload.bytes(), held);
        return send(node, outlet, parcel, patience);
    }
    if (payload.bytes().size() < copy_without_gil_from)
        return publish_copy(node, outlet, payload.bytes(), patience);
    parcel_t parcel = without_gil([&] { return outlet->pack(payload.bytes()); });
    payload.close();
    return send(node, outlet, parcel, patience);
}
}
