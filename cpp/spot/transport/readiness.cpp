#include "spot/transport/readiness.hpp"

#include <cerrno>
#include <system_error>

#include <unistd.h>

#if defined(__linux__)
#include <sys/epoll.h>
#else
#include <sys/event.h>
#include <sys/types.h>
#endif

namespace spot
{
readiness_t::readiness_t(std::initializer_list<int> fds)
{
    bool ok = true;
#if defined(__linux__)
    _fd = epoll_create1(EPOLL_CLOEXEC);
    ok = _fd >= 0;
    for (const int fd : fds) {
        epoll_event event{};
        event.events = EPOLLIN;
        ok = ok && epoll_ctl(_fd, EPOLL_CTL_ADD, fd, &event) == 0;
    }
#else
    _fd = kqueue();
    ok = _fd >= 0;
    for (const int fd : fds) {
        struct kevent change;
        EV_SET(&change, fd, EVFILT_READ, EV_ADD, 0, 0, nullptr);
        ok = ok && kevent(_fd, &change, 1, nullptr, 0, nullptr) == 0;
    }
#endif
    if (!ok) {
        const int error = errno;
        if (_fd >= 0)
            close(_fd);
        throw std::system_error(error, std::generic_category(), "readiness");
    }
}

readiness_t::~readiness_t()
{
    close(_fd);
}
}
