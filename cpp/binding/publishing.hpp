// What publish and publish_many have in common. All functions that return bool or a pointer give false or
// null with a Python exception; they may throw what the core throws (std::bad_alloc).
#pragma once

#include <Python.h>

#include <cstddef>
#include <memory>
#include <string_view>

#include "binding/py_node.hpp"

namespace spot::binding
{
// From here on it is cheaper to hand a reference over than to copy.
inline constexpr std::size_t in_place_from = 32 * 1024;

enum class copying_t
{
    as_needed, // what can be changed is copied
    always,
    never,
};

// How long a full subscriber is waited for.
enum class patience_t
{
    as_configured, // overflow and send_timeout_ms
    none,          // Again at once
};

// Where the topic leaves. Waits a little for an owner that is CONNECTING, without the GIL.
std::shared_ptr<outlet_t> find_outlet(py_node_t &node, PyObject *topic, patience_t patience);
// MessageTooLarge otherwise.
bool size_allowed(const py_node_t &node, const outlet_t &outlet, std::size_t size);
// One message.
bool publish_one(py_node_t &node, const std::shared_ptr<outlet_t> &outlet, PyObject *data, copying_t copying,
                 patience_t patience = patience_t::as_configured);

// One message that is copied. `bytes` must stay where they are without the GIL.
bool publish_slowly(py_node_t &node, std::shared_ptr<outlet_t> outlet, std::string_view bytes,
                    patience_t patience);
inline bool publish_copy(py_node_t &node, const std::shared_ptr<outlet_t> &outlet, std::string_view bytes,
                         patience_t patience = patience_t::as_configured)
{
    return node.try_publish(*outlet, bytes) == send_t::sent || publish_slowly(node, outlet, bytes, patience);
}

// Gives up the GIL and waits for room, or for another publisher.
bool send_slowly(py_node_t &node, std::shared_ptr<outlet_t> outlet, parcel_t &parcel, patience_t patience);
inline bool send(py_node_t &node, const std::shared_ptr<outlet_t> &outlet, parcel_t &parcel,
                 patience_t patience = patience_t::as_configured)
{
    return node.try_send(*outlet, parcel) == send_t::sent || send_slowly(node, outlet, parcel, patience);
}
}
