// The native part of spotmq.Spot, and how to get it from the Python object.
//
// Thread safety: the members that this class adds to node_t are guarded by the GIL; without one, by
// _incomings_mutex, or they are not used.
#pragma once

#include <Python.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "binding/incoming.hpp"
#include "binding/no_gil.hpp"
#include "binding/outlet_cache.hpp"
#include "binding/self.hpp"
#include "spot/base/fork_guard.hpp"
#include "spot/pubsub/node.hpp"

namespace spot::binding
{
class py_node_t : public node_t, public std::enable_shared_from_this<py_node_t>
{
  public:
    using node_t::node_t;

    bool forked() const { return _fork.forked(); }
    incoming_t &incoming() { return _incoming; }
    const incoming_t &incoming() const { return _incoming; }

    // --- the counts of runs of all receivers, which the receivers do not count -----------------------
    void enroll(const incoming_t &incoming)
    {
        const std::lock_guard<python_mutex_t> lock(_incomings_mutex);
        _incomings.push_back(&incoming);
    }
    void resign(const incoming_t &incoming)
    {
        const std::lock_guard<python_mutex_t> lock(_incomings_mutex);
        _incomings.erase(std::find(_incomings.begin(), _incomings.end(), &incoming));
        _resigned += incoming.taken();
    }
    taken_of_runs_t taken() const
    {
        const std::lock_guard<python_mutex_t> lock(_incomings_mutex);
        taken_of_runs_t sum = _resigned;
        sum += _incoming.taken();
        for (const incoming_t *incoming : _incomings)
            sum += incoming->taken();
        return sum;
    }

    // --- the cache of outlets; not used without a GIL --------------------------------------------------
    // Null when the topic is not cached.
    const std::shared_ptr<outlet_t> *recall(PyObject *topic) const
    {
        return gil_guards ? _recent.find(topic, route_epoch()) : nullptr;
    }
    // `epoch` must have been read before the outlet was looked up.
    void remember(PyObject *topic, std::uint64_t epoch, std::shared_ptr<outlet_t> outlet)
    {
        if constexpr (gil_guards)
            _recent.insert(topic, epoch, std::move(outlet));
    }
    void forget()
    {
        if constexpr (gil_guards)
            _recent.clear();
    }

  private:
    outlet_cache_t _recent;
    incoming_t _incoming{receiver()};
    mutable python_mutex_t _incomings_mutex;
    std::vector<const incoming_t *> _incomings; // those of open subscribers
    taken_of_runs_t _resigned;                  // the counts of subscribers that are gone
    const fork_guard_t _fork;
};

// Destroys a node without the GIL, because that waits, and the garbage collector may call it.
struct delete_without_gil_t
{
    void operator()(py_node_t *node) const
    {
        node->forget();
        PyThreadState *const state = PyEval_SaveThread();
        delete node;
        PyEval_RestoreThread(state);
    }
};

// The node behind an instance of spotmq._core.Node. Null with a Python exception when __init__ did not run.
inline py_node_t *node_of(PyObject *self)
{
    return static_cast<py_node_t *>(held_or_raise(self));
}

// The publishing methods, which the binding attaches to the type. Receiving methods are in hot_receive.hpp.
extern PyMethodDef publish_method;
extern PyMethodDef publish_many_method;
// The same for event loops: these never wait.
extern PyMethodDef publish_now_method;
extern PyMethodDef publish_many_now_method;
}
