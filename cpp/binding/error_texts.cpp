#include "binding/error_texts.hpp"

#include <cerrno>
#include <system_error>

namespace spot::binding
{
namespace
{
// How many peers a text names at most; the attribute `missing` of the exception has all of them.
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
}

std::string quoted(const std::string &subject)
{
    return "'" + subject + "'";
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
        // A topic with an invalid name cannot exist, so that the error is that of a topic which does not
        // exist.
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
        if (call == call_t::bind) // the folder of an ipc path is missing; the system's text says so
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
}
