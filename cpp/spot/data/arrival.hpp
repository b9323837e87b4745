// What came off a data socket: one frame or, of a LARGE message, two. Not thread-safe: the socket's owner
// guards it.
#pragma once

#include <string_view>

#include "spot/transport/raw_message.hpp"
#include "spot/transport/socket.hpp"
#include "spot/wire/data.hpp"

namespace spot
{
enum class arrival_result_t
{
    none,      // nothing waits
    taken,     // `head`, and `body` if it is multipart
    malformed, // it had more than two frames; all of them were taken off
};

struct arrival_t
{
    raw_message_t head, body;
    bool multipart = false;
};

// Takes one message off the socket. Never waits. A connection that ends in the middle of a message ends the
// message there.
arrival_result_t take_arrival(socket_t &socket, arrival_t &out);

inline bool read_data(const arrival_t &arrival, wire::data_frame_t &out, bool validate_topic = true)
{
    const std::string_view body = arrival.body.view();
    return wire::read_data(arrival.head.view(), arrival.multipart ? &body : nullptr, out, validate_topic);
}
}
