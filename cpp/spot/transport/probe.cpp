#include "spot/transport/probe.hpp"

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <string_view>

#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace spot
{
namespace
{
constexpr std::size_t most_heard = 512;
constexpr std::size_t signature_bytes = 10;
constexpr std::size_t greeting_bytes = 64; // ZMTP 3, https://rfc.zeromq.org/spec/23/

// The greeting of a client with ZMTP 3.0 and the mechanism NULL.
std::string greeting()
{
    std::string text(greeting_bytes, '\0');
    text[0] = '\xFF';
    text[9] = '\x7F';
    text[10] = 3;
    std::memcpy(&text[12], "NULL", 4);
    return text;
}

bool fill(const endpoint_t &endpoint, sockaddr_storage &address, socklen_t &size)
{
    if (endpoint.scheme == scheme_t::ipc) {
        sockaddr_un path = {};
        path.sun_family = AF_UNIX;
        if (endpoint.path.size() >= sizeof path.sun_path)
            return false;
        std::memcpy(path.sun_path, endpoint.path.data(), endpoint.path.size());
        size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + endpoint.path.size() + 1);
        if (!endpoint.path.empty() && endpoint.path[0] == '@') { // libzmq's spelling of an abstract name
            path.sun_path[0] = '\0';
            --size;
        }
        std::memcpy(&address, &path, sizeof path);
        return true;
    }
    addrinfo hints = {};
    hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV; // ask no name server
    hints.ai_socktype = SOCK_STREAM;
    addrinfo *found = nullptr;
    if (::getaddrinfo(endpoint.host.c_str(), std::to_string(endpoint.port).c_str(), &hints, &found) != 0)
        return false;
    size = found->ai_addrlen;
    std::memcpy(&address, found->ai_addr, size);
    ::freeaddrinfo(found);
    return true;
}

int open_socket(int family)
{
    const int fd = ::socket(family, SOCK_STREAM, 0);
    if (fd < 0)
        return -1;
    if (::fcntl(fd, F_SETFD, FD_CLOEXEC) == 0 && ::fcntl(fd, F_SETFL, O_NONBLOCK) == 0)
        return fd;
    const int error = errno;
    ::close(fd);
    errno = error;
    return -1;
}

bool is_ready(int fd, short events)
{
    pollfd entry = {fd, events, 0};
    return ::poll(&entry, 1, 0) > 0;
}

// The value of a property in the metadata of the command READY; empty when the command lacks it.
std::string property(std::string_view command, std::string_view name)
{
    constexpr std::size_t length_bytes = 4;
    const std::size_t at = command.find(name);
    if (at == std::string_view::npos || command.size() < at + name.size() + length_bytes)
        return {};
    const std::string_view rest = command.substr(at + name.size());
    const auto size = static_cast<unsigned char>(rest[3]); // the last byte of the size: the value is short
    return std::string(rest.substr(length_bytes, size));
}
}

void probe_t::start(const endpoint_t &endpoint, millis_t now)
{
    end();
    sockaddr_storage address = {};
    socklen_t size = 0;
    _began = now;
    if (!fill(endpoint, address, size)) {
        failed(EINVAL);
        return;
    }
    _fd = open_socket(address.ss_family);
    if (_fd < 0) {
        _error = errno;
        conclude(found_t::no_socket);
        return;
    }
    if (::connect(_fd, reinterpret_cast<const sockaddr *>(&address), size) != 0 && errno != EINPROGRESS)
        failed(errno);
}

void probe_t::end()
{
    if (_fd >= 0)
        ::close(_fd);
    _fd = -1;
    _connected = _ended_line = false;
    _found = found_t::nothing_yet;
    _error = 0;
    _heard.clear();
    _socket_type.clear();
}

probe_t::found_t probe_t::conclude(found_t found)
{
    if (_fd >= 0)
        ::close(_fd);
    _fd = -1;
    _found = found;
    return found;
}

probe_t::found_t probe_t::failed(int error)
{
    _error = error;
    switch (error) {
    case ECONNREFUSED:
    case ENOENT: // no such socket in the file system
        return conclude(found_t::refused);
    case EHOSTUNREACH:
    case ENETUNREACH:
    case EHOSTDOWN:
    case ENETDOWN:
    case EADDRNOTAVAIL:
        return conclude(found_t::no_route);
    case ETIMEDOUT:
    case EAGAIN: // ipc: the listener's queue is full
        return conclude(found_t::timed_out);
    case ECONNRESET:
    case EPIPE:
        return conclude(found_t::hung_up);
    default:
        return conclude(found_t::other_error);
    }
}

probe_t::found_t probe_t::look(millis_t now)
{
    if (_found != found_t::nothing_yet || _fd < 0)
        return _found;
    const found_t found = _connected ? found_t::nothing_yet : look_at_connection(now);
    return found == found_t::nothing_yet && _connected ? look_at_answer(now) : found;
}

probe_t::found_t probe_t::look_at_connection(millis_t now)
{
    if (!is_ready(_fd, POLLOUT))
        return now - _began >= connect_patience_ms ? conclude(found_t::timed_out) : found_t::nothing_yet;
    int error = 0;
    socklen_t size = sizeof error;
    if (::getsockopt(_fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0)
        error = errno;
    if (error != 0)
        return failed(error);
    _connected = true;
    _began = now;
    const std::string hello = greeting();
    // The buffer of a new connection has room for all of it.
    if (::send(_fd, hello.data(), hello.size(), MSG_NOSIGNAL) < 0)
        return failed(errno);
    return found_t::nothing_yet;
}

probe_t::found_t probe_t::look_at_answer(millis_t now)
{
    char bytes[most_heard];
    for (;;) {
        const ssize_t got = ::recv(_fd, bytes, sizeof bytes, 0);
        if (got > 0) {
            _heard.append(bytes, static_cast<std::size_t>(got));
            if (judge() != found_t::nothing_yet)
                return _found;
            continue;
        }
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            break;
        if (_heard.empty())
            return got == 0 ? conclude(found_t::hung_up) : failed(errno);
        return conclude(found_t::not_zeromq);
    }
    if (now - _began < answer_patience_ms) {
        // A ZeroMQ socket would have sent its greeting by now. A server that reads lines of text answers when
        // a line ends.
        if (_heard.empty() && !_ended_line && now - _began >= answer_patience_ms / 2)
            _ended_line = ::send(_fd, "\r\n\r\n", 4, MSG_NOSIGNAL) > 0;
        return found_t::nothing_yet;
    }
    if (_heard.size() >= signature_bytes)
        return conclude(found_t::zeromq); // its kind is unknown
    return conclude(_heard.empty() ? found_t::mute : found_t::not_zeromq);
}

probe_t::found_t probe_t::judge()
{
    if (_heard.compare(0, 5, "HTTP/") == 0)
        return conclude(found_t::http);
    if (_heard[0] != '\xFF' || (_heard.size() >= signature_bytes && (_heard[9] & 1) == 0))
        return _heard.size() >= 5 || _heard[0] != 'H' ? conclude(found_t::not_zeromq) : found_t::nothing_yet;
    if (_heard.size() <= greeting_bytes)
        return found_t::nothing_yet;
    _socket_type = property(std::string_view(_heard).substr(greeting_bytes), "Socket-Type");
    if (_socket_type.empty() && _heard.size() < most_heard)
        return found_t::nothing_yet;
    return conclude(found_t::zeromq);
}
}
