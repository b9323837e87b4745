// One way out for frames, whatever carries them: a libzmq socket, memory of this process, later a ring in
// memory that processes share.
//
// Not thread-safe: the caller locks. Only wait() may be called by any thread at any time, without a lock.
//
// A port has one reader behind it, and gives it every frame that it takes. A port that reaches many readers
// and filters by itself (an XPUB) says so in its own header.
//
// Invariants of every carrier (tests/cpp/core/port_conformance_test.cpp runs them all):
// 1. Frames arrive in the order in which they were taken, and each one whole, with both of its parts, or not
//    at all.
// 2. offer() takes a frame whole or leaves it whole with the caller. It never waits.
// 3. After end() nothing is taken. What was taken before still arrives.
// 4. A thread in wait() returns when there may be room, when the port ends, or after its slice; never later.
#pragma once

#include <cstddef>
#include <string>

#include "spot/data/parcel.hpp"

namespace spot
{
enum class offer_t
{
    taken,
    full,   // no room now
    closed, // the port has ended, or its reader is gone
    no_memory,
};

// A reader wants the frames that begin with these bytes, or wants them no longer.
struct filter_change_t
{
    std::string filter;
    bool added = true;
};

class out_port_t
{
  public:
    virtual ~out_port_t() = default;

    // Whether a frame of that many bytes would be taken now. A port that cannot know before it tries says
    // yes.
    virtual bool room(std::size_t bytes) = 0;
    // On `taken` the frame is the port's, and `frame` is empty.
    virtual offer_t offer(wire_frame_t &frame) = 0;
    // After offer() has said `full`: readers without room miss the frame instead of holding up the others.
    // With one reader: like offer().
    virtual offer_t offer_where_room(wire_frame_t &frame) { return offer(frame); }
    // Puts a frame that says nothing behind a large one, where queues count frames and not bytes: it takes a
    // place. False: there is no more room. A port that counts bytes takes none.
    virtual bool offer_filler(raw_message_t &) { return false; }
    // The next change of filters that the reader asked for. False: there is none. A port that filters by
    // itself tells none.
    virtual bool take_filter_change(filter_change_t &) { return false; }
    // Returns when there may be room, when the port may have ended, or after slice_ms. Called without the
    // lock.
    virtual void wait(int slice_ms) = 0;
    // Takes no more frames from now on; those that it has taken still arrive.
    virtual void end() = 0;
};
}
