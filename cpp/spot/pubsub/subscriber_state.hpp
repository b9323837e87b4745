// What stands behind a subscriber_t. Not installed.
#pragma once

#include <atomic>
#include <memory>
#include <utility>

#include "spot/pubsub/node.hpp"
#include "spot/pubsub/subscriber.hpp"

namespace spot
{
struct subscriber_t::state_t
{
    explicit state_t(std::shared_ptr<node_t> of) : node(std::move(of)) {}
    ~state_t() { close(); }

    void close()
    {
        if (!closed.exchange(true) && queue.receiver)
            node->close_queue(queue);
    }

    const std::shared_ptr<node_t> node; // closed when its owner is done with it
    receive_queue_t queue;              // constant once it is open
    std::atomic<bool> closed{false};
};
}
