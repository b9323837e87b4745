// Messages of one frame, ready to leave but for their sequence number.
#pragma once

#include <cstdint>

#include "spot/transport/raw_message.hpp"
#include "spot/wire/data.hpp"

namespace spot
{
// What leaves by a port as one: a frame and, of a LARGE message, its second frame.
struct wire_frame_t
{
    raw_message_t head;
    raw_message_t body; // of a LARGE message
    bool large = false;

    std::size_t size() const { return head.size() + (large ? body.size() : 0); }
};

struct parcel_t : wire_frame_t
{
    bool batch = false;
    bool relayed = false; // published by another node that handed it to this one
    bool counted = false; // in the statistics already
    bool held = false;    // in a sink's backlog already
    std::uint64_t count = 1;
    std::uint64_t payload_bytes = 0;

    std::uint8_t flags() const
    {
        return static_cast<std::uint8_t>((batch ? wire::flag_batch : 0) | (large ? wire::flag_large : 0));
    }
};
}
