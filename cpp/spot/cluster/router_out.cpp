#include "spot/cluster/router_out.hpp"

#include <cerrno>

#include "spot/cluster/multipart.hpp"
#include "spot/wire/envelope.hpp"

namespace spot
{
namespace
{
constexpr std::string_view publish_command("\x01", 1);

// The routing id and the envelope, with places for `more` frames behind them.
std::vector<raw_message_t> head_of(const std::string &address, bool delimiter, std::size_t more)
{
    std::vector<raw_message_t> message;
    message.reserve(2 + wire::max_envelope_frames + more);
    message.emplace_back(wire::routing_id_of(address));
    for (std::string_view rest = wire::envelope_of(address); !rest.empty();)
        message.emplace_back(wire::next_envelope_frame(rest));
    if (delimiter)
        message.emplace_back(std::string_view());
    return message;
}
}

client_backlog_t *router_out_t::backlog(const std::string &address)
{
    const caller_t *const caller = _callers.of(address);
    return caller ? caller->backlog.get() : nullptr;
}

bool router_out_t::send(const std::string &address, bool delimiter, const wire::frames_t &frames, load_t load)
{
    const caller_t *const caller = _callers.of(address);
    if (!caller || !caller->backlog->has_room(load))
        return false;
    const std::shared_ptr<client_backlog_t> backlog = caller->backlog;
    std::vector<raw_message_t> message = head_of(address, delimiter, frames.size());
    std::size_t cost = client_backlog_t::cost_of(address.size());
    for (std::size_t i = 0; i < frames.size(); ++i) {
        cost += client_backlog_t::cost_of(frames[i].size());
        const bool last = i + 1 == frames.size();
        message.push_back(last ? backlog->charge(frames[i], cost, load)
                               : raw_message_t(std::string_view(frames[i])));
    }
    return send_frames(address, message);
}

bool router_out_t::publish(const std::string &address, bool delimiter, const std::string &topic,
                           raw_message_t &payload)
{
    const caller_t *const caller = _callers.of(address);
    if (!caller)
        return true;
    const std::shared_ptr<client_backlog_t> backlog = caller->backlog;
    if (!backlog->has_room(load_t::message))
        return false;
    std::vector<raw_message_t> message = head_of(address, delimiter, 3);
    message.emplace_back(publish_command);
    const std::size_t cost =
        client_backlog_t::cost_of(address.size()) + client_backlog_t::cost_of(publish_command.size()) +
        client_backlog_t::cost_of(topic.size()) + client_backlog_t::cost_of(payload.size());
    message.push_back(backlog->charge(topic, cost, load_t::message));
    message.push_back(payload.share());
    send_frames(address, message);
    return true;
}

bool router_out_t::send_frames(const std::string &address, std::vector<raw_message_t> &message)
{
    if (send_multipart(_router, message))
        return true;
    if (errno == EHOSTUNREACH)
        connection_gone(std::string(wire::routing_id_of(address)));
    return false;
}
}
