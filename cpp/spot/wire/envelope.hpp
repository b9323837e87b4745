// What stands between a ROUTER's routing id and a control message: an empty delimiter (REQ), a number in
// front of it (REQ with correlation), the routing ids of the proxies on the way. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "spot/wire/control.hpp"

namespace spot::wire
{
inline constexpr std::size_t max_envelope_frames = 16;
inline constexpr std::size_t max_envelope_bytes = 1024;

struct envelope_t
{
    std::size_t frames = 0; // in front of the message, the delimiter included
    bool delimiter = false; // the last of them is one
};

// Everything up to the first empty frame, unless the first frame is a command already. Without an empty
// frame: everything up to the first command, for a DEALER behind a proxy. None when that would be longer than
// the limits allow: then the first frame is taken for the command, whatever it is.
envelope_t find_envelope(const frame_views_t &in);

// Whom an answer goes to, as one string that can be a key: a routing id and the envelope behind it, without
// its delimiter. One connection may stand for many clients.
std::string make_address(std::string_view routing_id, const frame_views_t &in, const envelope_t &envelope);
std::string_view routing_id_of(std::string_view address);
// Takes the next frame of the envelope off; begin with what follows the routing id.
std::string_view envelope_of(std::string_view address);
std::string_view next_envelope_frame(std::string_view &rest);
}
