// Shared by the tests of subscribers: how to make one, and what comes out of its queue.
#pragma once

#include <string>
#include <vector>

#include "support.hpp"

namespace spot::test
{
inline subscriber_t subscriber_of(spot_pubsub_t &node, const std::vector<std::string> &names,
                                  int recv_hwm = -1)
{
    subscriber_t subscriber;
    subscriber_options_t options;
    options.missing_ok = true;
    options.recv_hwm = recv_hwm;
    options.timeout_ms = patience_ms;
    REQUIRE_OK(node.subscriber(subscriber, names, options));
    return subscriber;
}

// "topic=data", or the errno.
template <typename Queue> std::string next(Queue &queue, int timeout_ms = patience_ms)
{
    message_t message;
    errno = 0;
    if (queue.recv(message, timeout_ms) != 0)
        return error_name(errno);
    return std::string(message.topic()) + "=" + std::string(message.data());
}
}
