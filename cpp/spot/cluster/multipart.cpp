#include "spot/cluster/multipart.hpp"

#include "spot/wire/envelope.hpp"
#include "spot/wire/limits.hpp"

namespace spot
{
wire::frame_views_t multipart_t::views(std::size_t first) const
{
    wire::frame_views_t list;
    list.reserve(frames.size() - first);
    for (std::size_t i = first; i < frames.size(); ++i)
        list.push_back(frames[i].view());
    return list;
}

received_t receive_multipart(socket_t &socket, multipart_t &message, slice_t &slice)
{
    // A routing id and an envelope may stand in front.
    constexpr std::size_t max_frames = wire::max_control_frames + 1 + wire::max_envelope_frames;
    if (message.whole)
        message = multipart_t();
    raw_message_t frame;
    do {
        if (socket.recv(frame) != 0) {
            message = multipart_t();
            return received_t::nothing;
        }
        message.whole = !frame.more();
        if (message.frames.size() < max_frames) {
            message.frames.push_back(std::move(frame));
        } else {
            message.oversized = true;
            frame = raw_message_t();
        }
        if (message.whole)
            return received_t::whole;
    } while (!slice.over());
    return received_t::part;
}

bool send_multipart(socket_t &socket, const std::vector<std::string_view> &head, const wire::frames_t &frames)
{
    for (const std::string_view bytes : head) {
        raw_message_t frame(bytes);
        if (socket.send(frame, true) != 0)
            return false;
    }
    for (std::size_t i = 0; i < frames.size(); ++i) {
        raw_message_t frame{std::string_view(frames[i])};
        if (socket.send(frame, i + 1 < frames.size()) != 0)
            return false;
    }
    return true;
}
}
