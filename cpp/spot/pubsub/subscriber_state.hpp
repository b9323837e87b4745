// The state of a subscriber_t: its queue and the node that it keeps alive. Not installed.
//
// Thread safety: any thread.
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

    const std::shared_ptr<node_t> node; // may be closed while this keeps it alive
    receive_queue_t queue;              // does not change after it was opened
    std::atomic<bool> closed{false};
};
}
