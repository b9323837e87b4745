#include "spot/pubsub/message.hpp"

#include <algorithm>
#include <utility>

#include "spot/pubsub/guarded.hpp"
#include "spot/pubsub/message_maker.hpp"

namespace spot
{
struct message_t::holder_t
{
    ref_t<frame_t> frame;
    const match_t *match = nullptr; // lives as long as the frame's slot
};

message_t::message_t() = default;
message_t::~message_t() = default;
message_t::message_t(message_t &&other) noexcept
    : _holder(std::move(other._holder)), _data(std::exchange(other._data, {})),
      _seq(std::exchange(other._seq, 0)), _lost(std::exchange(other._lost, 0))
{
}
message_t &message_t::operator=(message_t &&other) noexcept
{
    message_t taken(std::move(other));
    std::swap(_holder, taken._holder);
    _data = taken._data;
    _seq = taken._seq;
    _lost = taken._lost;
    return *this;
}

std::string_view message_t::topic() const
{
    return _holder ? std::string_view(_holder->frame->slot->name) : std::string_view();
}

std::string_view message_t::pattern() const
{
    return _holder ? std::string_view(_holder->match->subscription) : std::string_view();
}

std::string message_t::node_id() const
{
    return _holder ? _holder->frame->node_id.hex() : std::string();
}

int message_maker_t::recv(receiver_t &receiver, message_t &message, int timeout_ms)
{
    message_t made;
    made._holder = std::make_unique<message_t::holder_t>(); // before a message is taken, because it may throw
    delivery_t delivery;
    if (taken(receiver.take(delivery, deadline_t(timeout_ms))) != 0)
        return -1;
    fill(made, delivery);
    message = std::move(made);
    return 0;
}

// Makes each message before it is taken: a message for which there is no memory stays in the queue.
class message_maker_t::appender_t : public receiver_t::taker_t
{
  public:
    explicit appender_t(std::vector<message_t> &messages) : _messages(messages) {}
    delivery_t &room() override
    {
        _made._holder = std::make_unique<message_t::holder_t>();
        if (_messages.size() == _messages.capacity())
            _messages.reserve(std::max<std::size_t>(fewest, 2 * _messages.size()));
        return _delivery;
    }
    void filled() override
    {
        fill(_made, _delivery);
        _messages.push_back(std::move(_made));
    }

  private:
    static constexpr std::size_t fewest = 8;
    std::vector<message_t> &_messages;
    message_t _made;
    delivery_t _delivery;
};

int message_maker_t::recv_many(receiver_t &receiver, std::vector<message_t> &messages, std::size_t max,
                               int timeout_ms)
{
    appender_t appender(messages);
    return taken(receiver.take_many(appender, max, deadline_t(timeout_ms)));
}

void message_maker_t::fill(message_t &message, delivery_t &delivery)
{
    message._holder->match = delivery.frame->slot->match();
    message._holder->frame = std::move(delivery.frame);
    message._data = delivery.payload;
    message._seq = delivery.seq;
    message._lost = delivery.lost;
}
}
