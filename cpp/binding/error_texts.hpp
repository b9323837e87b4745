// The class of exception and the text for an errno of a call. It uses no Python, and any thread may call it.
#pragma once

#include <string>

#include "binding/errors.hpp"

namespace spot::binding
{
// The classes of spotmq/errors.py.
enum kind_t
{
    spot_error,
    already_bound,
    topic_exists,
    peer_exists,
    topic_not_found,
    peer_not_found,
    not_subscribed,
    peer_unreachable,
    address_in_use,
    invalid_endpoint,
    invalid_topic,
    timeout,
    again,
    closed,
    message_too_large,
    kinds,
};

struct description_t
{
    kind_t kind;
    int error;
    std::string text;
};

// The name of the call in Python; empty where error texts name no call.
const char *name_of(call_t call);

std::string quoted(const std::string &subject);

description_t describe(call_t call, int error, const failure_t &failure);
}
