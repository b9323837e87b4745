// The calls of spot_pubsub_t that wait for a state of the cluster. Each reads the events of a watcher of its
// own, which begin with the current state, until they show the state that it waits for.
#include <cerrno>
#include <set>

#include "spot/base/errors.hpp"
#include "spot/cluster/events.hpp"
#include "spot/pubsub/guarded.hpp"
#include "spot/pubsub/node.hpp"
#include "spot/pubsub/spot_pubsub.hpp"
#include "spot/wire/names.hpp"

namespace spot
{
namespace
{
enum class answer_t
{
    not_yet,
    yes,
    never,
};

// Reads events until `answer (event)` is `yes` or `never`; for `never`, `answer` has set errno. `possible ()`
// is asked once the events are being kept, so that no change falls between the question and the first event;
// false, with errno set: there is nothing to wait for.
template <typename Possible, typename Answer>
int wait_for(node_t &node, int timeout_ms, Possible possible, Answer answer)
{
    const std::shared_ptr<event_queue_t> queue = node.watch();
    if (!queue || !possible())
        return -1;
    const deadline_t deadline(timeout_ms);
    for (;;) {
        event_t event;
        switch (queue->take(event, deadline)) {
        case take_t::got:
            break;
        case take_t::closed:
            return fail(ENOTSOCK);
        case take_t::interrupted:
            return fail(EINTR);
        default:
            return fail(ETIMEDOUT);
        }
        const answer_t found = answer(event);
        if (found != answer_t::not_yet)
            return found == answer_t::yes ? 0 : -1;
    }
}

constexpr auto always_possible = [] { return true; };

int check(const std::shared_ptr<node_t> &node, int open_error)
{
    if (!node)
        return fail(open_error);
    return node->closed() ? fail(ENOTSOCK) : 0;
}
}

int spot_pubsub_t::wait_for_topic(const std::string &topic, int timeout_ms)
{
    if (check(_node, _open_error) != 0)
        return -1;
    if (!wire::valid_topic(topic))
        return fail(EINVAL);
    return guarded([&] {
        if (_node->topic_exists(topic))
            return 0;
        return wait_for(*_node, timeout_ms, always_possible, [&](const event_t &event) {
            const bool found = event.kind == event_kind_t::topic_added && event.topic == topic;
            return found ? answer_t::yes : answer_t::not_yet;
        });
    });
}

int spot_pubsub_t::wait_for_peers(std::size_t n, int timeout_ms)
{
    if (check(_node, _open_error) != 0)
        return -1;
    return guarded([&] {
        if (_node->stats().peers_up >= n)
            return 0;
        std::set<std::string> up;
        return wait_for(*_node, timeout_ms, always_possible, [&](const event_t &event) {
            if (event.kind == event_kind_t::peer_up)
                up.insert(event.peer);
            else if (event.kind == event_kind_t::peer_down)
                up.erase(event.peer);
            return up.size() >= n ? answer_t::yes : answer_t::not_yet;
        });
    });
}

int spot_pubsub_t::wait_for_subscribers(const std::string &topic, std::size_t n, int timeout_ms)
{
    if (check(_node, _open_error) != 0)
        return -1;
    return guarded([&] {
        if (!_node->topic_is_local(topic))
            return fail(ENOENT);
        if (n == 0)
            return 0;
        const auto is_local = [&] { return _node->topic_is_local(topic) || fail(ENOENT) == 0; };
        return wait_for(*_node, timeout_ms, is_local, [&](const event_t &event) {
            if (event.topic != topic || !event.peer.empty())
                return answer_t::not_yet;
            if (event.kind == event_kind_t::topic_removed && !_node->topic_is_local(topic)) {
                errno = ENOENT;
                return answer_t::never;
            }
            const bool enough = event.kind == event_kind_t::subscribers_changed && event.count >= n;
            return enough ? answer_t::yes : answer_t::not_yet;
        });
    });
}
}
