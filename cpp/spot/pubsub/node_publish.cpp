// The publishing calls of node_t.
#include <algorithm>
#include <cerrno>
#include <chrono>
#include <thread>
#include <utility>

#include "spot/base/errors.hpp"
#include "spot/base/interrupt.hpp"
#include "spot/pubsub/node.hpp"

namespace spot
{
namespace
{
constexpr int room_slice_ms = 5;
// How long publish waits for an owner that is CONNECTING. Most connections that end come back in a fraction
// of it, and a program that publishes in a loop must not wait for ever for an owner that is gone.
constexpr millis_t owner_patience_ms = 1000;
}

std::shared_ptr<outlet_t> node_t::outlet(std::string_view topic)
{
    if (usable() != 0)
        return nullptr;
    if (std::shared_ptr<outlet_t> local = _publisher->find(topic))
        return local;
    if (const std::shared_ptr<way_t> way = _state.directory.way_to(topic))
        return way->outlet(topic);
    return nullptr;
}

std::shared_ptr<outlet_t> node_t::outlet_soon(std::string_view topic, const deadline_t &deadline)
{
    const deadline_t patience(owner_patience_ms);
    for (;;) {
        std::shared_ptr<outlet_t> found = outlet(topic);
        if (found || errno != EHOSTUNREACH)
            return found;
        const bool hopeless = !owner_connects(topic);
        const millis_t left = std::min(deadline.left(room_slice_ms), patience.left(room_slice_ms));
        errno = interrupted() ? EINTR : EHOSTUNREACH;
        if (hopeless || left == 0 || errno == EINTR)
            return nullptr;
        std::this_thread::sleep_for(std::chrono::milliseconds(left));
    }
}

std::string node_t::why_unreachable(std::string_view topic) const
{
    const owner_state_t owner = _state.directory.owner_of(topic);
    if (owner.endpoint.empty())
        return {};
    std::string text =
        owner.endpoint + (owner.state == peer_state_t::connecting ? " is CONNECTING" : " is DOWN");
    if (!owner.reason.empty())
        text += ": " + owner.reason;
    return text;
}

send_t node_t::try_send(outlet_t &outlet, parcel_t &parcel)
{
    return closed() ? send_t::closed : outlet.sink().try_send(outlet, parcel, false);
}

send_t node_t::try_publish(outlet_t &outlet, std::string_view payload)
{
    return closed() ? send_t::closed : outlet.sink().try_publish(outlet, payload, false);
}

template <typename Attempt>
int node_t::until_room(std::shared_ptr<outlet_t> outlet, millis_t timeout_ms, Attempt attempt)
{
    const deadline_t deadline(timeout_ms);
    for (;;) {
        if (usable() != 0)
            return -1;
        switch (attempt(*outlet)) {
        case send_t::sent:
            return 0;
        case send_t::gone:
            outlet = outlet_soon(outlet->topic(), deadline);
            if (!outlet)
                return -1;
            break;
        case send_t::closed:
            return fail(ENOTSOCK);
        case send_t::too_large:
            return fail(EMSGSIZE);
        case send_t::no_memory:
            return fail(ENOMEM);
        case send_t::full:
        case send_t::busy:
            if (deadline.passed())
                return fail(EAGAIN);
            if (interrupted())
                return fail(EINTR);
            outlet->sink().wait_for_room(static_cast<int>(deadline.left(room_slice_ms)));
            break;
        }
    }
}

int node_t::send(std::shared_ptr<outlet_t> outlet, parcel_t &parcel)
{
    return send(std::move(outlet), parcel, _options.send_timeout_ms);
}

int node_t::send(std::shared_ptr<outlet_t> outlet, parcel_t &parcel, millis_t timeout_ms)
{
    // A new outlet of the same topic has a header of the same length; stamping it overwrites the rest.
    return until_room(std::move(outlet), timeout_ms,
                      [&](outlet_t &to) { return to.sink().try_send(to, parcel, true); });
}

int node_t::publish(std::shared_ptr<outlet_t> outlet, std::string_view payload)
{
    return publish(std::move(outlet), payload, _options.send_timeout_ms);
}

int node_t::publish(std::shared_ptr<outlet_t> outlet, std::string_view payload, millis_t timeout_ms)
{
    return until_room(std::move(outlet), timeout_ms,
                      [&](outlet_t &to) { return to.sink().try_publish(to, payload, true); });
}

int node_t::publish(std::string_view topic, std::string_view payload, failure_t *failure)
{
    if (failure)
        failure->subject = std::string(topic);
    if (payload.size() > _options.max_message_bytes)
        return fail(EMSGSIZE);
    const deadline_t deadline(_options.send_timeout_ms);
    std::shared_ptr<outlet_t> found = outlet_soon(topic, deadline);
    const millis_t left = deadline.never() ? forever : deadline.left(_options.send_timeout_ms);
    if (found && publish(std::move(found), payload, left) == 0)
        return 0;
    if (errno == EHOSTUNREACH) {
        if (failure)
            failure->reason = why_unreachable(topic);
        errno = EHOSTUNREACH;
    }
    return -1;
}

int node_t::flush()
{
    const deadline_t deadline(_options.send_timeout_ms);
    while (_flusher && !_flusher->flush_now()) {
        if (usable() != 0)
            return -1;
        if (deadline.passed())
            return fail(EAGAIN);
        if (interrupted())
            return fail(EINTR);
        _publisher->sink().wait_for_room(static_cast<int>(deadline.left(room_slice_ms)));
    }
    return usable();
}
}
