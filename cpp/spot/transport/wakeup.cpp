#include "spot/transport/wakeup.hpp"

#include <cerrno>
#include <cstdint>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

#if defined(__linux__)
#include <sys/eventfd.h>
#endif

namespace spot
{
wakeup_t::wakeup_t()
{
#if defined(__linux__)
    _read_fd = _write_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (_read_fd < 0)
        throw std::system_error(errno, std::generic_category(), "eventfd");
#else
    int ends[2];
    if (pipe(ends) != 0)
        throw std::system_error(errno, std::generic_category(), "pipe");
    for (const int end : ends) {
        fcntl(end, F_SETFL, O_NONBLOCK);
        fcntl(end, F_SETFD, FD_CLOEXEC);
    }
    _read_fd = ends[0];
    _write_fd = ends[1];
#endif
}

wakeup_t::~wakeup_t()
{
    close(_read_fd);
    if (_write_fd != _read_fd)
        close(_write_fd);
}

void wakeup_t::set()
{
    const std::uint64_t one = 1;
    // EAGAIN means that the descriptor is readable already.
    while (write(_write_fd, &one, sizeof one) < 0 && errno == EINTR) {
    }
}

void wakeup_t::clear()
{
    std::uint64_t drained[16];
    ssize_t got;
    do {
        got = read(_read_fd, drained, sizeof drained);
    } while (got == static_cast<ssize_t>(sizeof drained) || (got < 0 && errno == EINTR));
}
}
