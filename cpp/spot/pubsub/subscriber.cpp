#include "spot/pubsub/subscriber.hpp"

#include <cerrno>
#include <utility>

#include "spot/base/errors.hpp"
#include "spot/pubsub/guarded.hpp"
#include "spot/pubsub/message_maker.hpp"
#include "spot/pubsub/subscriber_state.hpp"
#include "spot/wire/names.hpp"

namespace spot
{
subscriber_t::subscriber_t() = default;
subscriber_t::subscriber_t(std::shared_ptr<state_t> state) : _state(std::move(state)) {}
subscriber_t::subscriber_t(subscriber_t &&) noexcept = default;

subscriber_t::~subscriber_t()
{
    close();
}

subscriber_t &subscriber_t::operator=(subscriber_t &&other) noexcept
{
    if (this != &other) {
        close();
        _state = std::move(other._state);
    }
    return *this;
}

int subscriber_t::close()
{
    return guarded([&] {
        if (_state)
            _state->close();
        return 0;
    });
}

// Begins each call. It checks the node, because a receiver does not know that its process was forked.
#define SPOT_OPEN_OR_FAIL                                                                                    \
    if (!_state || _state->closed || _state->node->closed())                                                 \
    return fail(ENOTSOCK)

int subscriber_t::subscribe(const std::string &topic, bool missing_ok)
{
    return wire::is_pattern(topic) ? fail(EINVAL)
                                   : guarded([&] { return subscribe_many({topic}, missing_ok); });
}

int subscriber_t::subscribe_pattern(const std::string &pattern)
{
    return wire::is_pattern(pattern) ? guarded([&] { return subscribe_many({pattern}); }) : fail(EINVAL);
}

int subscriber_t::subscribe_many(const std::vector<std::string> &names, bool missing_ok, int timeout_ms,
                                 failure_t *failure)
{
    SPOT_OPEN_OR_FAIL;
    return guarded(
        [&] { return _state->node->subscribe(_state->queue, names, missing_ok, timeout_ms, failure); });
}

int subscriber_t::unsubscribe(const std::string &name)
{
    SPOT_OPEN_OR_FAIL;
    return guarded([&] { return _state->node->unsubscribe(_state->queue, {name}, nullptr); });
}

int subscriber_t::unsubscribe_all()
{
    SPOT_OPEN_OR_FAIL;
    return guarded([&] { return _state->node->unsubscribe(_state->queue, {}, nullptr); });
}

std::vector<std::string> subscriber_t::subscriptions() const
{
    using list_t = std::vector<std::string>;
    if (!_state || _state->closed || _state->node->closed())
        return list_t();
    return guarded_value<list_t>([&] { return _state->queue.receiver->subscriptions(); });
}

int subscriber_t::recv(message_t &message, int timeout_ms)
{
    SPOT_OPEN_OR_FAIL;
    return guarded([&] { return message_maker_t::recv(*_state->queue.receiver, message, timeout_ms); });
}

int subscriber_t::recv_many(std::vector<message_t> &messages, std::size_t max, int timeout_ms)
{
    SPOT_OPEN_OR_FAIL;
    return guarded(
        [&] { return message_maker_t::recv_many(*_state->queue.receiver, messages, max, timeout_ms); });
}

int subscriber_t::poll(int timeout_ms)
{
    SPOT_OPEN_OR_FAIL;
    return guarded([&] { return taken(_state->queue.receiver->wait(deadline_t(timeout_ms))); });
}

int subscriber_t::fd()
{
    SPOT_OPEN_OR_FAIL;
    return guarded([&] { return _state->queue.receiver->fd(); });
}

subscriber_stats_t subscriber_t::stats() const
{
    if (!_state)
        return {};
    const receiver_t &receiver = *_state->queue.receiver;
    return {receiver.received(), receiver.bytes_received(), receiver.lost()};
}

std::vector<topic_stats_t> subscriber_t::topic_stats() const
{
    using list_t = std::vector<topic_stats_t>;
    if (!_state)
        return {};
    return guarded_value<list_t>([&] {
        topic_sums_t sums;
        _state->queue.receiver->break_down(sums);
        list_t list;
        for (auto &[topic, stats] : sums) {
            stats.topic = topic;
            list.push_back(std::move(stats));
        }
        return list;
    });
}
}
