// The native part of spotmq.Subscriber: another receive queue of a node. Thread safety: any thread with the
// GIL.
#pragma once

#include <Python.h>

#include <atomic>
#include <memory>
#include <utility>

#include "binding/incoming.hpp"
#include "binding/py_node.hpp"
#include "spot/pubsub/receive_queues.hpp"

namespace spot::binding
{
class py_subscriber_t
{
  public:
    py_subscriber_t(std::shared_ptr<py_node_t> node, receive_queue_t queue)
        : _node(std::move(node)), _queue(std::move(queue)), _incoming(*_queue.receiver)
    {
        _node->enroll(_incoming);
    }
    ~py_subscriber_t() { _node->resign(_incoming); }
    py_subscriber_t(const py_subscriber_t &) = delete;
    py_subscriber_t &operator=(const py_subscriber_t &) = delete;

    py_node_t &node() const { return *_node; }
    const receive_queue_t &queue() const { return _queue; }
    receiver_t &receiver() const { return *_queue.receiver; }
    incoming_t &incoming() { return _incoming; }

    bool closed() const { return _closed.load(std::memory_order_acquire) || _node->closed(); }
    bool forked() const { return _node->forked(); }
    void close()
    {
        if (_closed.exchange(true))
            return;
        PyThreadState *const state = PyEval_SaveThread();
        _node->close_queue(_queue);
        PyEval_RestoreThread(state);
        _incoming.drop();
    }

  private:
    const std::shared_ptr<py_node_t> _node;
    const receive_queue_t _queue;
    incoming_t _incoming;
    std::atomic<bool> _closed{false};
};

struct delete_subscriber_t
{
    void operator()(py_subscriber_t *subscriber) const
    {
        subscriber->close();
        delete subscriber;
    }
};
}
