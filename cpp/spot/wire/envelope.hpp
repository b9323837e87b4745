// The envelope of a control message: the frames between a ROUTER's routing id and the command. They are an
// empty delimiter (REQ), a number before it (REQ with correlation), or the routing ids of proxies on the way.
// PROTOCOL.md, "Control plane".
//
// Thread safety: any thread.
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
    std::size_t frames = 0; // the number of frames before the command, the delimiter included
    bool delimiter = false; // whether the last of them is the empty delimiter
};

// Finds the envelope of a message. It has no frames if the first frame is a command. Otherwise it ends with
// the first empty frame or, without one, before the first command (a DEALER behind a proxy). It also has no
// frames if it would exceed the limits; the first frame is then taken for the command, whatever it holds.
envelope_t find_envelope(const frame_views_t &in);

// The address of a client, to which answers go: a routing id and the envelope without its delimiter, as one
// string that can be a key. One connection may carry many clients.
std::string make_address(std::string_view routing_id, const frame_views_t &in, const envelope_t &envelope);
std::string_view routing_id_of(std::string_view address);
// The encoded envelope of an address; next_envelope_frame() removes its first frame from `rest` and returns
// it.
std::string_view envelope_of(std::string_view address);
std::string_view next_envelope_frame(std::string_view &rest);
}
