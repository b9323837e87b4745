#include "spot/wire/envelope.hpp"

#include <algorithm>

#include "spot/wire/bytes.hpp"

namespace spot::wire
{
namespace
{
bool is_command(std::string_view frame)
{
    return frame.size() == 1 && classify(static_cast<std::uint8_t>(frame[0])) == command_class_t::known;
}

// Whether the empty frame `i` can be a delimiter: a message must follow it. If the first frame has one byte,
// it may itself be a command, perhaps a user's own; then a known command must follow.
bool ends_an_envelope(const frame_views_t &in, std::size_t i)
{
    return i == 0 || (in[0].size() == 1 ? is_command(in[i + 1]) : in[i + 1].size() == 1);
}

constexpr std::size_t length_bytes = sizeof(std::uint16_t);
}

envelope_t find_envelope(const frame_views_t &in)
{
    envelope_t found;
    if (in.size() < 2 || is_command(in[0]))
        return found;
    std::size_t bytes = 0;
    std::size_t command = 0; // the first frame behind frame 0 that is a command
    const std::size_t last = std::min(in.size() - 1, max_envelope_frames);
    for (std::size_t i = 0; i <= last && bytes <= max_envelope_bytes; ++i) {
        if (in[i].empty() && i < last && ends_an_envelope(in, i)) {
            found.frames = i + 1;
            found.delimiter = true;
            return found;
        }
        if (command == 0 && is_command(in[i]))
            command = i;
        bytes += in[i].size();
    }
    if (in[0].size() > 1)
        found.frames = command;
    return found;
}

std::string make_address(std::string_view routing_id, const frame_views_t &in, const envelope_t &envelope)
{
    std::string address;
    address.reserve(1 + routing_id.size());
    address += static_cast<char>(routing_id.size()); // ZeroMQ limits a routing id to 255 bytes
    address += routing_id;
    const std::size_t frames = envelope.frames - (envelope.delimiter ? 1 : 0);
    for (std::size_t i = 0; i < frames; ++i) {
        char length[length_bytes];
        put_le(length, static_cast<std::uint16_t>(in[i].size()));
        address.append(length, sizeof length).append(in[i]);
    }
    return address;
}

std::string_view routing_id_of(std::string_view address)
{
    return address.substr(1, static_cast<std::uint8_t>(address[0]));
}

std::string_view envelope_of(std::string_view address)
{
    return address.substr(1 + routing_id_of(address).size());
}

std::string_view next_envelope_frame(std::string_view &rest)
{
    const std::string_view frame = rest.substr(length_bytes, get_le<std::uint16_t>(rest.data()));
    rest.remove_prefix(length_bytes + frame.size());
    return frame;
}
}
