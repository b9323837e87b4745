#include "spot/cluster/multipart.hpp"

#include <algorithm>

#include "spot/wire/envelope.hpp"
#include "spot/wire/limits.hpp"

namespace spot
{
namespace
{
constexpr std::size_t fewest_frames = 8;
}

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
        // A place first: what there is no memory for stays in the socket.
        if (message.frames.size() == message.frames.capacity() && message.frames.size() < max_frames)
            message.frames.reserve(std::max<std::size_t>(fewest_frames, 2 * message.frames.size()));
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

bool send_multipart(socket_t &socket, const wire::frames_t &frames)
{
    std::vector<raw_message_t> made;
    made.reserve(frames.size());
    for (const std::string &bytes : frames)
        made.emplace_back(std::string_view(bytes));
    return send_multipart(socket, made);
}

bool send_multipart(socket_t &socket, std::vector<raw_message_t> &frames)
{
    for (std::size_t i = 0; i < frames.size(); ++i)
        if (socket.send(frames[i], i + 1 < frames.size()) != 0)
            return false;
    return true;
}
}
