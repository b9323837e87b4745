#include "binding/errors.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <new>
#include <string>
#include <system_error>
#include <utility>

#include "binding/at_exit.hpp"
#include "binding/binding.hpp"

namespace spot::binding
{
namespace
{
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

constexpr std::array<const char *, kinds> names = {
    "SpotError",    "AlreadyBound",  "TopicExists",     "PeerExists",   "TopicNotFound",
    "PeerNotFound", "NotSubscribed", "PeerUnreachable", "AddressInUse", "InvalidEndpoint",
    "InvalidTopic", "Timeout",       "Again",           "Closed",       "MessageTooLarge",
};

// Strong references, never given back: exceptions may be raised until the interpreter is gone.
std::array<PyObject *, kinds> classes{};
PyObject *nothing_arrived = nullptr; // the arguments of the Timeout that recv raises

struct description_t
{
    kind_t kind;
    int error;
    std::string text;
};

std::string quoted(const std::string &subject)
{
    return "'" + subject + "'";
}

// A cluster may have thousands of peers; a sentence has room for a few. `missing` has them all.
constexpr std::size_t named_peers = 8;

std::string joined(const std::vector<std::string> &items)
{
    std::string text;
    for (std::size_t i = 0; i < items.size() && i < named_peers; ++i)
        text += (text.empty() ? "" : ", ") + items[i];
    if (items.size() > named_peers)
        text += " and " + std::to_string(items.size() - named_peers) + " more";
    return text;
}

const char *name_of(call_t call)
{
    switch (call) {
    case call_t::bind:
        return "bind";
    case call_t::cluster_add:
        return "cluster_add";
    case call_t::cluster_remove:
        return "cluster_remove";
    case call_t::cluster_sync:
        return "cluster_sync";
    case call_t::join:
        return "join";
    case call_t::topic_create:
        return "topic_create";
    case call_t::topic_destroy:
        return "topic_destroy";
    case call_t::topic_route:
        return "topic_route";
    case call_t::subscribe:
        return "subscribe";
    case call_t::unsubscribe:
        return "unsubscribe";
    case call_t::publish:
        return "publish";
    case call_t::receive:
        return "recv";
    default:
        return "";
    }
}

description_t bad_endpoint(const std::string &subject)
{
    return {invalid_endpoint, EINVAL,
            quoted(subject) + " is no endpoint for this: use tcp://host:port, ipc://path or inproc://name"};
}

description_t bad_topic(const std::string &subject, bool patterns)
{
    return {invalid_topic, EINVAL,
            quoted(subject) +
                (patterns ? " is neither a topic nor a pattern: both are" : " is no topic: a topic is") +
                " non-empty UTF-8 of at most 255 bytes without NUL" +
                (patterns ? "" : ", and without * and ?, which make a pattern")};
}

description_t no_topic(const std::string &subject)
{
    return {topic_not_found, ENOENT,
            "no topic " + quoted(subject) + " here: create it, or sync with the node that owns it"};
}

description_t unreachable(call_t call, const failure_t &failure)
{
    const std::string &why = failure.reason;
    std::string text;
    if (call == call_t::publish)
        text = "no owner of topic " + quoted(failure.subject) + " is UP" + (why.empty() ? "" : ": " + why);
    else if (call == call_t::join)
        text = "no seed can be reached of " + failure.subject + ": " +
               (why.empty() ? "none answered in time" : why);
    else
        text = "the peer " + quoted(failure.subject) +
               " cannot be reached: " + (why.empty() ? "it did not answer in time" : why);
    return {peer_unreachable, EHOSTUNREACH, text};
}

description_t describe(call_t call, int error, const failure_t &failure)
{
    const std::string &subject = failure.subject;
    const std::string name = quoted(subject);
    switch (error) {
    case EEXIST:
        if (call == call_t::bind)
            return {already_bound, error, "the node is bound already, and binds only once: " + name};
        if (call == call_t::cluster_add)
            return {peer_exists, error, "the peer " + name + " was added already"};
        return {topic_exists, error, "the topic " + name + " is LOCAL already"};
    case EADDRINUSE:
        return {address_in_use, error, "the address " + name + " is in use"};
    case EINVAL:
        if (call == call_t::topic_create)
            return bad_topic(subject, false);
        if (call == call_t::subscribe)
            return bad_topic(subject, true);
        // What cannot exist does not exist.
        if (call == call_t::publish || call == call_t::topic_destroy)
            return describe(call, ENOENT, failure);
        if (call == call_t::unsubscribe || call == call_t::cluster_remove)
            return describe(call, ENOENT, failure);
        if (call == call_t::open || call == call_t::other)
            break;
        if (call == call_t::join && subject.empty())
            return {invalid_endpoint, error,
                    "no seeds: name some, or set SPOT_SEEDS to endpoints separated by commas"};
        return bad_endpoint(subject);
    case ENOENT:
        if (call == call_t::bind) // the folder of an ipc path
            break;
        if (call == call_t::cluster_remove)
            return {peer_not_found, error, "no peer " + name + ": it was never added, or was removed"};
        if (call == call_t::unsubscribe)
            return {not_subscribed, error, name + " is not subscribed"};
        if (call == call_t::topic_destroy)
            return {topic_not_found, error, "no LOCAL topic " + name};
        return no_topic(subject);
    case EHOSTUNREACH:
        return unreachable(call, failure);
    case ETIMEDOUT:
        if (call == call_t::bind)
            return {timeout, error, "the name in " + name + " was not looked up in time; nothing is bound"};
        return {timeout, error,
                (call == call_t::subscribe ? "subscribed, but not confirmed in time by "
                                           : "no answer in time from ") +
                    (failure.missing.empty() ? "a peer" : joined(failure.missing))};
    case EAGAIN:
        if (call == call_t::open || call == call_t::bind)
            return {spot_error, error,
                    "the system gives no further thread (ulimit -u, or the container's limit of processes)"};
        if (call == call_t::publish)
            return {again, error, "no room for topic " + name + " within send_timeout_ms; nothing was sent"};
        return {timeout, error,
                call == call_t::watch ? "nothing happened in time" : "no message arrived in time"};
    case ENOTSOCK:
        if (call == call_t::watch)
            return {closed, error, "the events are over: their queue was closed, or the node"};
        return {closed, error, "it is closed"};
    case EMSGSIZE:
        return {message_too_large, error,
                "the message for topic " + name + " is larger than max_message_bytes"};
    default:
        break;
    }
    const std::string reason = std::generic_category().message(error);
    return {spot_error, error, subject.empty() ? reason : name + ": " + reason};
}

// Names came from str with "surrogatepass": that gives the same str back. In a sentence they must be
// printable.
PyObject *text_of(const std::string &text, const char *errors = "surrogatepass")
{
    return PyUnicode_DecodeUTF8(text.data(), static_cast<Py_ssize_t>(text.size()), errors);
}

bool set_attribute(PyObject *target, const char *name, PyObject *value) // steals value
{
    const bool done = value && PyObject_SetAttrString(target, name, value) == 0;
    Py_XDECREF(value);
    return done;
}

PyObject *list_of(const std::vector<std::string> &items)
{
    PyObject *list = PyList_New(static_cast<Py_ssize_t>(items.size()));
    for (std::size_t i = 0; list && i < items.size(); ++i) {
        PyObject *const item = text_of(items[i]);
        if (item)
            PyList_SET_ITEM(list, static_cast<Py_ssize_t>(i), item);
        else
            Py_CLEAR(list);
    }
    return list;
}

PyObject *set_error(const description_t &what, const failure_t &failure)
{
    if (what.kind == closed)
        stay_out_at_exit();
    PyObject *const type = classes[what.kind] ? classes[what.kind] : PyExc_OSError;
    PyObject *const text = text_of(what.text, "backslashreplace");
    PyObject *const error = text ? PyObject_CallFunction(type, "iO", what.error, text) : nullptr;
    Py_XDECREF(text);
    if (!error)
        return nullptr;
    const bool nothing_special = what.kind == spot_error || what.kind == closed || what.kind == timeout;
    bool done = (nothing_special && failure.subject.empty()) ||
                set_attribute(error, "subject", text_of(failure.subject));
    if (done && what.kind == timeout)
        done = set_attribute(error, "missing", list_of(failure.missing));
    if (done && what.kind == peer_unreachable)
        done = set_attribute(error, "reason", text_of(failure.reason, "backslashreplace"));
    if (done)
        PyErr_SetObject(reinterpret_cast<PyObject *>(Py_TYPE(error)), error);
    Py_DECREF(error);
    return nullptr;
}

// Lets `change` have the current exception, if it is one of this package. What fails meanwhile is forgotten:
// the exception counts.
template <typename Change> void change_ours(Change &&change)
{
    PyObject *type = nullptr, *value = nullptr, *trace = nullptr;
    PyErr_Fetch(&type, &value, &trace);
    PyErr_NormalizeException(&type, &value, &trace);
    if (value && classes[spot_error] &&
        PyObject_TypeCheck(value, reinterpret_cast<PyTypeObject *>(classes[spot_error])))
        change(value);
    PyErr_Clear();
    PyErr_Restore(type, value, trace);
}

void register_errors(const pybind11::dict &table)
{
    for (std::size_t i = 0; i < kinds; ++i) {
        PyObject *const type = PyDict_GetItemString(table.ptr(), names[i]); // borrowed
        if (!type || !PyExceptionClass_Check(type))
            throw pybind11::key_error(names[i]);
        Py_XSETREF(classes[i], Py_NewRef(type));
    }
    nothing_arrived = Py_BuildValue("(is)", EAGAIN, "no message arrived in time");
    if (!nothing_arrived)
        throw pybind11::error_already_set();
}
}

PyObject *raise(call_t call, int error, const failure_t &failure)
{
    if (error == EINTR && PyErr_Occurred())
        return nullptr;
    if (error == ENOMEM)
        return PyErr_NoMemory();
    return set_error(describe(call, error, failure), failure);
}

PyObject *raise(call_t call, int error, std::string_view subject)
{
    return raise(call, error, failure_t{std::string(subject), {}, {}});
}

PyObject *raise_nothing_arrived()
{
    PyErr_SetObject(classes[timeout] ? classes[timeout] : PyExc_TimeoutError, nothing_arrived);
    return nullptr;
}

PyObject *raise_closed(bool forked)
{
    return set_error({closed, ENOTSOCK,
                      forked ? "it belongs to the process that this one was forked from" : "it is closed"},
                     {});
}

PyObject *raise_too_large(std::string_view topic, unsigned long long size, unsigned long long limit)
{
    const failure_t failure{std::string(topic), {}, {}};
    set_error({message_too_large, EMSGSIZE,
               std::to_string(size) + " bytes for topic " + quoted(failure.subject) +
                   " are more than max_message_bytes (" + std::to_string(limit) + ")"},
              failure);
    change_ours([&](PyObject *error) { set_attribute(error, "limit", PyLong_FromUnsignedLongLong(limit)); });
    return nullptr;
}

PyObject *raise_caught()
{
    try {
        throw;
    } catch (const std::bad_alloc &) {
        return PyErr_NoMemory();
    } catch (const std::system_error &error) { // descriptors
        return raise(call_t::open, error.code().value());
    } catch (const std::exception &error) {
        PyErr_SetString(PyExc_RuntimeError, error.what());
        return nullptr;
    }
}

void name_source(PyObject *self, call_t call)
{
    change_ours([&](PyObject *error) {
        set_attribute(error, "_source", PyWeakref_NewRef(self, nullptr));
        set_attribute(error, "_call", PyUnicode_FromString(name_of(call)));
    });
}

void note_connecting(bool connecting)
{
    change_ours([&](PyObject *error) { set_attribute(error, "_connecting", PyBool_FromLong(connecting)); });
}

bool clear_if_connecting()
{
    bool connecting = false;
    change_ours([&](PyObject *error) {
        PyObject *const noted = PyObject_GetAttrString(error, "_connecting");
        connecting = noted == Py_True;
        Py_XDECREF(noted);
    });
    if (connecting)
        PyErr_Clear();
    return connecting;
}

void name_item(Py_ssize_t index)
{
    PyObject *type = nullptr, *value = nullptr, *trace = nullptr;
    PyErr_Fetch(&type, &value, &trace);
    PyErr_NormalizeException(&type, &value, &trace);
    const bool ours = classes[spot_error] &&
                      PyObject_TypeCheck(value, reinterpret_cast<PyTypeObject *>(classes[spot_error]));
    PyObject *changed = nullptr;
    if (ours) {
        PyObject *const text = PyObject_GetAttrString(value, "strerror");
        changed = text ? PyUnicode_FromFormat("item %zd: %S", index, text) : nullptr;
        if (changed)
            PyObject_SetAttrString(value, "strerror", changed);
        Py_XDECREF(text);
    } else if (Py_TYPE(value) == reinterpret_cast<PyTypeObject *>(PyExc_TypeError)) {
        changed = PyUnicode_FromFormat("item %zd: %S", index, value);
        PyObject *const arguments = changed ? PyTuple_Pack(1, changed) : nullptr;
        if (arguments)
            PyObject_SetAttrString(value, "args", arguments);
        Py_XDECREF(arguments);
    } else if (PyObject_HasAttrString(value, "add_note")) { // Python 3.11
        changed = PyUnicode_FromFormat("item %zd", index);
        Py_XDECREF(changed ? PyObject_CallMethod(value, "add_note", "O", changed) : nullptr);
    }
    Py_XDECREF(changed);
    PyErr_Clear();
    PyErr_Restore(type, value, trace);
}
}

void bind_errors(pybind11::module_ &module)
{
    // What the core throws where it cannot return an errno: from constructors.
    pybind11::register_local_exception_translator([](std::exception_ptr thrown) {
        try {
            if (thrown)
                std::rethrow_exception(thrown);
        } catch (const std::system_error &error) {
            spot::binding::raise(spot::binding::call_t::open, error.code().value());
        }
    });
    module.def("register_errors", &spot::binding::register_errors, pybind11::arg("table"),
               "Tells which exception class stands for what; errors.py calls it once.");
}
