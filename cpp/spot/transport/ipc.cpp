#include "spot/transport/ipc.hpp"

#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstring>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "spot/base/errors.hpp"

namespace spot
{
namespace
{
using file_t = ipc_listener_t::file_t;

constexpr int backlog = 100; // libzmq's default (ZMQ_BACKLOG)

struct address_t
{
    sockaddr_un value{};
    socklen_t size = 0;

    explicit address_t(const std::string &path)
        : size(static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size()))
    {
        value.sun_family = AF_UNIX;
        std::memcpy(value.sun_path, path.data(), path.size());
        if (path.front() == '@')
            value.sun_path[0] = '\0';
    }
    const sockaddr *get() const { return reinterpret_cast<const sockaddr *>(&value); }
};

int open_socket()
{
#ifdef SOCK_CLOEXEC
    return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
#else
    const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (fd >= 0) {
        fcntl(fd, F_SETFD, FD_CLOEXEC);
        fcntl(fd, F_SETFL, O_NONBLOCK);
    }
    return fd;
#endif
}

void close_quietly(int fd)
{
    const int error = errno;
    ::close(fd);
    errno = error;
}

// 0: no process listens at this socket. Else -1 and errno. Never waits.
int probe(const std::string &path)
{
    const int fd = open_socket();
    if (fd < 0)
        return -1;
    const address_t address(path);
    const int result = connect(fd, address.get(), address.size);
    close_quietly(fd);
    if (result != 0 && errno == ECONNREFUSED)
        return 0;
    return fail(result != 0 && errno == EACCES ? EACCES : EADDRINUSE);
}

bool look(const std::string &path, ipc_listener_t::file_t &out)
{
    struct stat found
    {
    };
    if (lstat(path.c_str(), &found) != 0)
        return false;
    out.device = static_cast<std::uint64_t>(found.st_dev);
    out.inode = static_cast<std::uint64_t>(found.st_ino);
    out.is_socket = S_ISSOCK(found.st_mode);
    return true;
}

// Gives a file its name back, unless another file has got it. link() cannot replace a file, but some systems
// forbid it for files of other users; then rename() must do.
void put_back(const std::string &moved, const std::string &path)
{
    file_t there;
    if (link(moved.c_str(), path.c_str()) == 0 || errno == EEXIST)
        unlink(moved.c_str());
    else if (!look(path, there))
        rename(moved.c_str(), path.c_str());
}

std::string absolute(const std::string &path)
{
    char folder[4096];
    if (path.front() == '/' || !getcwd(folder, sizeof folder))
        return path;
    return std::string(folder) + "/" + path;
}
}

const std::size_t ipc_listener_t::longest_path = sizeof(sockaddr_un{}.sun_path) - 1;

// Moves a leftover away before it deletes it. Another node may have found the same leftover, or may have
// bound its socket without listening yet; what was moved is looked at again, and put back if it is no
// leftover.
int ipc_listener_t::make_room(const std::string &path) const
{
    file_t found;
    if (!look(path, found))
        return errno == ENOENT ? 0 : -1; // if a folder is missing, bind() will fail and say so
    if (!found.is_socket)
        return fail(EADDRINUSE);
    if (probe(path) != 0)
        return -1;
    const std::string moved = path + "." + std::to_string(getpid()) + "." + std::to_string(_fd);
    file_t taken;
    if (look(moved, taken))
        return fail(EADDRINUSE);
    if (rename(path.c_str(), moved.c_str()) != 0)
        return errno == ENOENT ? 0 : -1;
    if (!look(moved, taken) || !taken.same_as(found) || probe(moved) != 0) {
        put_back(moved, path);
        return fail(EADDRINUSE);
    }
    return unlink(moved.c_str());
}

int ipc_listener_t::listen(const std::string &path)
{
    if (path.empty() || path == "@")
        return fail(EINVAL);
    if (path.size() > longest_path)
        return fail(ENAMETOOLONG);
    _fd = open_socket();
    if (_fd < 0)
        return -1;
    const bool has_file = path.front() != '@';
    const address_t address(path);
    if ((has_file && make_room(path) != 0) || bind(_fd, address.get(), address.size) != 0) {
        close();
        return -1;
    }
    const bool known = has_file && look(path, _made);
    if (known)
        _file = absolute(path);
    file_t there;
    if (::listen(_fd, backlog) == 0 && (!known || (look(path, there) && there.same_as(_made))))
        return 0;
    if (known && errno == ENOENT)
        errno = EADDRINUSE; // another node moved the file away before this socket listened
    remove_file();
    close();
    return -1;
}

void ipc_listener_t::close()
{
    if (_fd >= 0)
        close_quietly(_fd);
    _fd = -1;
}

void ipc_listener_t::remove_file()
{
    if (_file.empty())
        return;
    const int error = errno;
    file_t there;
    if (look(_file, there) && there.same_as(_made))
        unlink(_file.c_str());
    _file.clear();
    errno = error;
}
}
