// What a socket's queues may hold. libzmq's high-water marks count frames; these make them bound bytes as
// well.
//
// A frame takes one place in a queue, however large it is. So the sink sends marks behind a large one (frames
// that say nothing new, see PROTOCOL.md), one for each further `bytes_per_place`: they take the places that
// its bytes are worth, in the sender's queue and in the receiver's. Changing the marks of living connections
// instead would stop them: libzmq tells a sender what was read once in half a high-water mark, so that beyond
// a lowered one a queue looks full for ever that has been read to its end.
//
// A small frame still takes one place of many. While more waits than half of what may, frames take as many
// places as fit the other half.
//
// Ownership: `hold` and `places` belong to the sink's mutex; libzmq lets go of frames on threads of its own.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "spot/transport/raw_message.hpp"

namespace spot
{
// What one of a receiver's places is worth; about a full frame of a burst.
inline constexpr std::size_t bytes_per_place = 32 * 1024;

// The high-water mark of a socket that receives, or sends. `frames`: 0 for no limit, as in the result.
// `bytes`: the same.
int receiving_mark(int frames, std::uint64_t bytes);
int sending_mark(int frames, std::uint64_t bytes);

class backlog_t : public std::enable_shared_from_this<backlog_t>
{
  public:
    // Of a socket with the mark sending_mark (frames, bytes).
    backlog_t(int frames, std::uint64_t bytes);

    // Whether frames of this size are to be held.
    bool heeds(std::size_t size) const { return size >= _heeded; }
    // Counts the frame until libzmq has let go of it. Throws std::bad_alloc, and then it is as it was.
    void hold(raw_message_t &frame);
    // How many places a frame takes that is sent now.
    std::size_t places(std::size_t size) const;

    std::uint64_t waiting() const { return _waiting.load(std::memory_order_relaxed); }

  private:
    struct held_t;
    static void let_go(void *data, void *held);

    std::uint64_t _limit;        // bytes; 0: none
    std::size_t _heeded;         // the smallest frame that is counted
    std::size_t _under_pressure; // what a place is worth then
    std::atomic<std::uint64_t> _waiting{0};
};
}
