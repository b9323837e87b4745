// Whole control messages on and off a socket.
#pragma once

#include <vector>

#include "spot/base/slice.hpp"
#include "spot/transport/socket.hpp"
#include "spot/wire/control.hpp"

namespace spot
{
struct multipart_t
{
    std::vector<raw_message_t> frames;
    bool oversized = false; // beyond a limit: read off the socket, but not kept
    bool whole = false;     // all of it is here

    // The frames from `first` on. Valid as long as this object.
    wire::frame_views_t views(std::size_t first) const;
};

enum class received_t
{
    nothing, // none waits; or the connection ended in the middle, which throws away what came of it
    part,    // the slice was over: the same message is to be gone on with
    whole,
};
// A message may have a million frames. `message` is what the last call left.
received_t receive_multipart(socket_t &socket, multipart_t &message, slice_t &slice);

// All or nothing, without waiting: false and errno when the first frame finds no room or no route. Throws
// std::bad_alloc, and then nothing was sent.
bool send_multipart(socket_t &socket, const wire::frames_t &frames);
bool send_multipart(socket_t &socket, std::vector<raw_message_t> &frames);
}
