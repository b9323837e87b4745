// poll(2) over plain descriptors; the only wait of the whole core.
#pragma once

#include <cstddef>
#include <vector>

#include <poll.h>

#include "spot/base/clock.hpp"

namespace spot
{
// Waits until one of the descriptors is readable. 1: one is; 0: timed out; -1 and errno (EINTR).
int wait_readable(const int *fds, std::size_t count, millis_t timeout_ms);

// A set that is kept between waits.
class poll_set_t
{
  public:
    void clear() { _entries.clear(); }
    // Returns the entry's number, for ready().
    std::size_t add(int fd);
    void wait(millis_t timeout_ms);
    // True, too, of one that is not in the set: when there was no memory for it, somebody has to look.
    bool ready(std::size_t entry) const { return entry >= _entries.size() || _entries[entry].revents != 0; }

  private:
    std::vector<pollfd> _entries;
};
}
