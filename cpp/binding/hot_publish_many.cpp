// publish_many is one native loop over an iterable of buffers. Its docstring is only here.
#include <utility>

#include "binding/args.hpp"
#include "binding/errors.hpp"
#include "binding/held.hpp"
#include "binding/publishing.hpp"
#include "binding/py_node.hpp"

namespace py = pybind11;

namespace spot::binding
{
namespace
{
// Collects items into frames.
class packer_t
{
  public:
    // `first`: the index of the first item, for the texts of errors.
    packer_t(py_node_t &node, std::shared_ptr<outlet_t> outlet, patience_t patience, Py_ssize_t first)
        : _node(node), _outlet(std::move(outlet)), _patience(patience), _first(first), _batch(*_outlet)
    {
    }

    // Adds an item. False with a Python exception.
    bool add(PyObject *item)
    {
        payload_t payload;
        if (!payload.open(item))
            return false;
        const std::size_t size = payload.bytes().size();
        if (size > batch_t::max_record) {
            payload.close();
            if (!flush() || !publish_one(_node, _outlet, item, copying_t::as_needed, _patience))
                return false;
            ++_published;
            return true;
        }
        if (!size_allowed(_node, *_outlet, size))
            return false;
        if (!_batch.fits(size)) {
            // flush() may give up the GIL: other code may then change the bytes of the buffer, but not free
            // them.
            if (!flush())
                return false;
        }
        _batch.add(payload.bytes());
        return true;
    }

    // Sends the items that were added. False with a Python exception: none of them was sent.
    bool flush()
    {
        if (_batch.empty())
            return true;
        parcel_t parcel = _batch.take();
        const auto count = static_cast<Py_ssize_t>(parcel.count);
        if (!send(_node, _outlet, parcel, _patience))
            return false;
        _published += count;
        if (++_flushes % flushes_per_turn == 0) {
            PyThreadState *const state = PyEval_SaveThread(); // lets other Python threads run
            PyEval_RestoreThread(state);
        }
        return PyErr_CheckSignals() == 0;
    }

    // Publishes the items before one that failed. The exception that is set stays, unless this fails as well:
    // then the exception is that of the earlier item.
    void flush_before_failure()
    {
        if (_batch.empty()) {
            name_item(_first + _published);
            return;
        }
        PyObject *type = nullptr, *value = nullptr, *trace = nullptr;
        PyErr_Fetch(&type, &value, &trace);
        if (flush()) {
            PyErr_Restore(type, value, trace);
        } else {
            Py_XDECREF(type);
            Py_XDECREF(value);
            Py_XDECREF(trace);
        }
        name_item(_first + _published);
    }

    Py_ssize_t published() const { return _published; }

  private:
    static constexpr unsigned flushes_per_turn = 64; // frames; 2 MB, which take a few milliseconds

    py_node_t &_node;
    const std::shared_ptr<outlet_t> _outlet;
    const patience_t _patience;
    const Py_ssize_t _first;
    batch_t _batch;
    Py_ssize_t _published = 0;
    unsigned _flushes = 0;
};

// The item at an index, a new reference; null without an exception at the end.
py::object item_at(PyObject *items, Py_ssize_t i)
{
#ifdef Py_GIL_DISABLED
    if (PyList_CheckExact(items)) { // another thread may remove the item at any time
        PyObject *const item = PyList_GetItemRef(items, i);
        if (!item)
            PyErr_Clear(); // IndexError
        return py::reinterpret_steal<py::object>(item);
    }
#endif
    if (i >= PySequence_Fast_GET_SIZE(items))
        return {};
    return py::reinterpret_borrow<py::object>(PySequence_Fast_GET_ITEM(items, i));
}

bool add_sequence(packer_t &packer, PyObject *items) // a list or a tuple
{
    // The size is read each time, because another thread, or an item's own code, may change it.
    for (Py_ssize_t i = 0; const auto item = item_at(items, i); ++i)
        if (!packer.add(item.ptr()))
            return false;
    return true;
}

bool add_all(packer_t &packer, PyObject *iterator)
{
    while (const auto item = py::reinterpret_steal<py::object>(PyIter_Next(iterator)))
        if (!packer.add(item.ptr()))
            return false;
    return !PyErr_Occurred();
}

PyObject *failed_item(PyObject *self)
{
    name_source(self, call_t::publish);
    return nullptr;
}

PyObject *publish_many(PyObject *self, PyObject *const *args, Py_ssize_t count, PyObject *keywords)
{
    static const signature_t signature = {"publish_many", {"topic", "items"}, 2, 2};
    PyObject *values[2] = {};
    if (!parse_call(signature, args, count, keywords, values))
        return nullptr;
    py_node_t *const node = node_of(self);
    if (!node)
        return nullptr;
    release_let_go();
    try {
        PyObject *const items = values[1];
        const bool simple = PyList_CheckExact(items) || PyTuple_CheckExact(items);
        py::object iterator;
        if (!simple && !(iterator = py::reinterpret_steal<py::object>(PyObject_GetIter(items))))
            return nullptr;
        std::shared_ptr<outlet_t> outlet = find_outlet(*node, values[0], patience_t::as_configured);
        if (!outlet)
            return failed_item(self);
        packer_t packer(*node, std::move(outlet), patience_t::as_configured, 0);
        if (!(simple ? add_sequence(packer, items) : add_all(packer, iterator.ptr())) || !packer.flush()) {
            packer.flush_before_failure();
            return failed_item(self);
        }
        return PyLong_FromSsize_t(packer.published());
    } catch (const std::exception &) {
        return raise_caught();
    }
}

// _publish_many_now(topic, list, index of the first) for event loops never waits. It returns how many items
// were published: fewer than all when there is no room for the next.
PyObject *publish_many_now(PyObject *self, PyObject *const *args, Py_ssize_t count)
{
    py_node_t *const node = node_of(self);
    const Py_ssize_t first = count == 3 && PyList_CheckExact(args[1]) ? PyLong_AsSsize_t(args[2]) : -1;
    if (!node || first < 0) {
        if (!PyErr_Occurred())
            PyErr_SetString(PyExc_TypeError, "_publish_many_now() takes a topic, a list and an index");
        return nullptr;
    }
    release_let_go();
    try {
        std::shared_ptr<outlet_t> outlet = find_outlet(*node, args[0], patience_t::none);
        if (!outlet && PyList_GET_SIZE(args[1]) > 0 && clear_if_connecting())
            return PyLong_FromLong(0);
        if (!outlet)
            return failed_item(self);
        packer_t packer(*node, std::move(outlet), patience_t::none, first);
        if (!add_sequence(packer, args[1]) || !packer.flush()) {
            if (!PyErr_ExceptionMatches(PyExc_BlockingIOError)) { // the base class of Again
                packer.flush_before_failure();
                return failed_item(self);
            }
            PyErr_Clear();
        }
        return PyLong_FromSsize_t(packer.published());
    } catch (const std::exception &) {
        return raise_caught();
    }
}

PyDoc_STRVAR(publish_many_doc, R"(publish_many($self, topic, items)
--

Publish every buffer of the iterable, in order, and return how many they were. One native loop
packs many small messages into each wire frame: this is the fastest way to publish.

Raises what publish raises. The exception's text then names the index of the item; all items
before it were published.)");
}

PyMethodDef publish_many_method = {"publish_many",
                                   reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(&publish_many)),
                                   METH_FASTCALL | METH_KEYWORDS, publish_many_doc};
PyMethodDef publish_many_now_method = {
    "_publish_many_now", reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(&publish_many_now)),
    METH_FASTCALL, nullptr};
}
