// One way in for frames: the reader's end of an out_port_t, or of several that one socket is connected to.
//
// Not thread-safe: the caller locks. fd() may be read by any thread.
//
// Invariants of every carrier:
// 1. A frame is taken if one of the filters was in effect when it was offered.
// 2. A thread may sleep on fd() if ready() said no, right before, with no other call in between. The
// descriptor
//    then becomes readable when a frame comes or the port ends.
#pragma once

#include <string_view>

#include "spot/data/arrival.hpp"

namespace spot
{
// (POSIX has an in_port_t of its own.)
class inbound_port_t
{
  public:
    virtual ~inbound_port_t() = default;

    // Takes the next frame, if one waits. Never waits.
    virtual arrival_result_t take(arrival_t &out) = 0;
    // Whether take() would find a frame, or the end.
    virtual bool ready() = 0;
    virtual int fd() const = 0;
    // All frames were taken, and none will come: the other side has ended. A carrier that connects again by
    // itself never says so.
    virtual bool at_end() { return false; }
    // Frames that begin with these bytes are wanted; each filter is ended as often as it was begun. Both take
    // effect at the other side some time later. They throw std::bad_alloc, and then nothing has changed.
    virtual void subscribe(std::string_view filter) = 0;
    virtual void unsubscribe(std::string_view filter) = 0;
    // The other side finds the port closed. What waits is thrown away.
    virtual void close() = 0;
};
}
