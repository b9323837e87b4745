// Helpers of publish and publish_many. A function that returns false or null has set a Python exception.
// Functions throw std::bad_alloc. Call them with the GIL.
#pragma once

#include <Python.h>

#include <cstddef>
#include <memory>
#include <string_view>

#include "binding/py_node.hpp"

namespace spot::binding
{
// From this size in bytes on, handing over a reference is cheaper than copying the payload.
inline constexpr std::size_t in_place_from = 32 * 1024;

enum class copying_t
{
    as_needed, // copy a mutable buffer, and a small payload
    always,
    never,
};

// How long a call waits for a subscriber that is full.
enum class patience_t
{
    as_configured, // as the options overflow and send_timeout_ms say
    none,          // raise Again at once
};

// The outlet of a topic. Waits up to a second, without the GIL, for an owner that is CONNECTING, unless
// `patience` is none.
std::shared_ptr<outlet_t> find_outlet(py_node_t &node, PyObject *topic, patience_t patience);
// Whether a message of that size may be published; false with MessageTooLarge.
bool size_allowed(const py_node_t &node, const outlet_t &outlet, std::size_t size);
// Publishes one message.
bool publish_one(py_node_t &node, const std::shared_ptr<outlet_t> &outlet, PyObject *data, copying_t copying,
                 patience_t patience = patience_t::as_configured);

// Publishes one message by copying it. `bytes` must stay valid while the GIL is given up.
bool publish_slowly(py_node_t &node, std::shared_ptr<outlet_t> outlet, std::string_view bytes,
                    patience_t patience);
inline bool publish_copy(py_node_t &node, const std::shared_ptr<outlet_t> &outlet, std::string_view bytes,
                         patience_t patience = patience_t::as_configured)
{
    return node.try_publish(*outlet, bytes) == send_t::sent || publish_slowly(node, outlet, bytes, patience);
}

// Sends a parcel. send_slowly() gives up the GIL and waits for room, or for the lock of another publisher.
bool send_slowly(py_node_t &node, std::shared_ptr<outlet_t> outlet, parcel_t &parcel, patience_t patience);
inline bool send(py_node_t &node, const std::shared_ptr<outlet_t> &outlet, parcel_t &parcel,
                 patience_t patience = patience_t::as_configured)
{
    return node.try_send(*outlet, parcel) == send_t::sent || send_slowly(node, outlet, parcel, patience);
}
}
