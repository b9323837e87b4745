#include "spot/transport/poll.hpp"

#include <algorithm>
#include <climits>

namespace spot
{
namespace
{
int poll_timeout(millis_t timeout_ms)
{
    return timeout_ms < 0 ? -1 : static_cast<int>(std::min<millis_t>(timeout_ms, INT_MAX));
}
}

int wait_readable(const int *fds, std::size_t count, millis_t timeout_ms)
{
    pollfd entries[4];
    const std::size_t used = std::min(count, std::size(entries));
    for (std::size_t i = 0; i < used; ++i)
        entries[i] = {fds[i], POLLIN, 0};
    const int ready = poll(entries, static_cast<nfds_t>(used), poll_timeout(timeout_ms));
    return ready > 0 ? 1 : ready;
}

std::size_t poll_set_t::add(int fd)
{
    _entries.push_back({fd, POLLIN, 0});
    return _entries.size() - 1;
}

void poll_set_t::wait(millis_t timeout_ms)
{
    for (pollfd &entry : _entries)
        entry.revents = 0;
    if (poll(_entries.data(), static_cast<nfds_t>(_entries.size()), poll_timeout(timeout_ms)) < 0) {
        for (pollfd &entry : _entries)
            entry.revents = 0;
    }
}
}
