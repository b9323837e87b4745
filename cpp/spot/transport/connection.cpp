#include "spot/transport/connection.hpp"

#include <cerrno>
#include <cstddef>

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#if defined(__linux__)
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#endif

namespace spot
{
namespace
{
// A duplicate of the connection's descriptor. It refers to the same connection even if libzmq closes its own
// meanwhile. fd() is -1 when the descriptor refers to something else by now.
class held_t
{
  public:
    explicit held_t(const connection_t &connection) : _fd(::dup(connection.fd))
    {
        if (_fd >= 0 && connection_at(_fd).inode != connection.inode)
            let_go();
    }
    ~held_t() { let_go(); }
    held_t(const held_t &) = delete;
    held_t &operator=(const held_t &) = delete;

    int fd() const { return _fd; }

  private:
    void let_go()
    {
        if (_fd >= 0)
            ::close(_fd);
        _fd = -1;
    }

    int _fd;
};
}

connection_t connection_at(int fd)
{
    struct stat status;
    if (fd < 0 || ::fstat(fd, &status) != 0 || !S_ISSOCK(status.st_mode))
        return {};
    return {fd, static_cast<std::uint64_t>(status.st_ino)};
}

intake_t intake_of(const connection_t &connection)
{
    intake_t intake;
#if defined(__linux__)
    const held_t held(connection);
    tcp_info info = {};
    socklen_t size = sizeof info;
    int unacknowledged = 0;
    // TCP_INFO tells the bytes that the other end has acknowledged, SIOCOUTQ those that it has not. tcp(7)
    intake.known = held.fd() >= 0 && ::getsockopt(held.fd(), IPPROTO_TCP, TCP_INFO, &info, &size) == 0 &&
                   size >= offsetof(tcp_info, tcpi_bytes_acked) + sizeof info.tcpi_bytes_acked &&
                   ::ioctl(held.fd(), SIOCOUTQ, &unacknowledged) == 0;
    intake.waiting = intake.known && unacknowledged > 0;
    intake.taken = info.tcpi_bytes_acked;
#else
    (void)connection;
#endif
    return intake;
}

bool cut_off(const connection_t &connection)
{
    const held_t held(connection);
    return held.fd() >= 0 && ::shutdown(held.fd(), SHUT_RDWR) == 0;
}
}
