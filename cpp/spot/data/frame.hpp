// A received data frame. Its messages share it, each with a reference of its own.
//
// It is written while a receiver builds it, under the receiver's mutex; from then on any thread with a
// reference may read it.
#pragma once

#include <cstdint>
#include <string_view>

#include "spot/base/ref.hpp"
#include "spot/data/topic_slot.hpp"
#include "spot/transport/raw_message.hpp"
#include "spot/wire/data.hpp"
#include "spot/wire/node_id.hpp"

namespace spot
{
class frame_t : public ref_counted_t<frame_t>
{
  public:
    raw_message_t head;
    raw_message_t body; // of a LARGE message
    ref_t<topic_slot_t> slot;
    wire::node_id_t node_id; // the owner's
    wire::source_t source = 0;
    std::uint64_t seq = 0;   // of the first message; a barrier's number
    std::uint64_t count = 0; // of messages; 0: a mark, or a barrier
    bool barrier = false;    // then there is no slot
    bool batch = false;
    bool large = false;
    std::string_view payload; // into head or body

    // Of all its messages, without what BATCH adds.
    std::uint64_t payload_bytes() const
    {
        return payload.size() - (batch ? count * wire::record_header_bytes : 0);
    }
};
}
