// A client that speaks ZMTP by hand, in versions that libzmq itself does not offer.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support.hpp"

namespace spot::test
{
class hand_made_t
{
  public:
    explicit hand_made_t(const std::string &endpoint) : _fd(::socket(AF_INET, SOCK_STREAM, 0))
    {
        REQUIRE(_fd >= 0);
        sockaddr_in to = {};
        to.sin_family = AF_INET;
        to.sin_port = htons(static_cast<std::uint16_t>(std::stoi(endpoint.substr(endpoint.rfind(':') + 1))));
        REQUIRE(::inet_pton(AF_INET, "127.0.0.1", &to.sin_addr) == 1);
        REQUIRE_OK(::connect(_fd, reinterpret_cast<const sockaddr *>(&to), sizeof to));
    }
    ~hand_made_t() { ::close(_fd); }
    hand_made_t(const hand_made_t &) = delete;
    hand_made_t &operator=(const hand_made_t &) = delete;

    void say(const std::string &bytes)
    {
        REQUIRE(::send(_fd, bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size()));
    }
    // Whether the other end closed the connection within that time.
    bool closed_within(int ms)
    {
        for (const stopwatch_t watch; watch.ms() < ms;) {
            pollfd entry{_fd, POLLIN, 0};
            char bytes[256];
            if (::poll(&entry, 1, ms) > 0 && ::recv(_fd, bytes, sizeof bytes, 0) <= 0)
                return true;
        }
        return false;
    }

  private:
    int _fd;
};

inline std::string bytes_of(std::initializer_list<int> values)
{
    std::string bytes;
    for (const int value : values)
        bytes += static_cast<char>(value);
    return bytes;
}
// The greeting of ZMTP 2.0: signature, revision, DEALER, and a frame with an identity of no bytes.
inline const std::string zmtp2_dealer = bytes_of({0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0x7f, 1, 5, 0, 0});
}
