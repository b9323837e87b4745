// Part of server_t: how messages leave by the ROUTER. All of one is made before its first frame is sent:
// where there is no memory for it, nothing was sent.
#include <cerrno>
#include <utility>

#include "spot/cluster/server.hpp"

namespace spot
{
bool server_t::reply(const std::string &id, bool delimiter, const wire::frames_t &frames, load_t load)
{
    const caller_t *const caller = caller_of(id);
    if (!caller || !caller->backlog->has_room(load))
        return false;
    const std::shared_ptr<client_backlog_t> backlog = caller->backlog;
    std::vector<raw_message_t> message = head_of(id, delimiter, frames.size());
    std::size_t cost = client_backlog_t::cost_of(id.size());
    for (std::size_t i = 0; i < frames.size(); ++i) {
        cost += client_backlog_t::cost_of(frames[i].size());
        const bool last = i + 1 == frames.size();
        message.push_back(last ? backlog->charge(frames[i], cost, load)
                               : raw_message_t(std::string_view(frames[i])));
    }
    return send_to(id, message);
}

// The routing id and the envelope.
std::vector<raw_message_t> server_t::head_of(const std::string &id, bool delimiter, std::size_t more)
{
    std::vector<raw_message_t> message;
    message.reserve(2 + wire::max_envelope_frames + more);
    message.emplace_back(wire::routing_id_of(id));
    for (std::string_view rest = wire::envelope_of(id); !rest.empty();)
        message.emplace_back(wire::next_envelope_frame(rest));
    if (delimiter)
        message.emplace_back(std::string_view());
    return message;
}

// Once it has begun, libzmq takes it all.
bool server_t::send_to(const std::string &id, std::vector<raw_message_t> &message)
{
    if (send_multipart(_router, message))
        return true;
    if (errno == EHOSTUNREACH)
        drop_caller(std::string(wire::routing_id_of(id)));
    return false;
}
}
