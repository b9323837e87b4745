// Whole control messages on and off a socket.
#pragma once

#include <vector>

#include "spot/transport/socket.hpp"
#include "spot/wire/control.hpp"

namespace spot
{
struct multipart_t
{
    std::vector<raw_message_t> frames;
    bool oversized = false; // beyond a limit: read off the socket, but not kept

    // The frames from `first` on. Valid as long as this object.
    wire::frame_views_t views(std::size_t first) const;
};

// False when nothing waits; and when the connection ended in the middle, which throws away what came of it.
bool receive_multipart(socket_t &socket, multipart_t &message);

// All or nothing, without waiting: false and errno when the first frame finds no room or no route.
bool send_multipart(socket_t &socket, const std::vector<std::string_view> &head,
                    const wire::frames_t &frames);
}
