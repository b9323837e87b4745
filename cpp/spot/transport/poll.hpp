// poll(2) over descriptors.
//
// Thread safety: wait_readable() may be called by any thread; a poll_set_t is for one thread.
#pragma once

#include <cstddef>
#include <vector>

#include <poll.h>

#include "spot/base/clock.hpp"

namespace spot
{
// Waits until one of at most four descriptors is readable. 1: one is; 0: the time is over; -1 and errno
// (EINTR). A negative time-out is no limit.
int wait_readable(const int *fds, std::size_t count, millis_t timeout_ms);

// A set of descriptors whose memory is kept between waits.
class poll_set_t
{
  public:
    void clear() { _entries.clear(); }
    // Returns the entry's number, for ready(). Throws std::bad_alloc.
    std::size_t add(int fd);
    // Returns when one is readable, the time is over, or a signal came; after a failure none is ready.
    void wait(millis_t timeout_ms);
    // Whether the last wait found the entry readable. Also true for a number that is not in the set: an entry
    // for which there was no memory must be looked at without polling.
    bool ready(std::size_t entry) const { return entry >= _entries.size() || _entries[entry].revents != 0; }

  private:
    std::vector<pollfd> _entries;
};
}
