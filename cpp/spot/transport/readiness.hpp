// One pollable descriptor that stands for several: an epoll (Linux) or kqueue (macOS) over them is itself
// readable while one of them is.
#pragma once

#include <initializer_list>

namespace spot
{
class readiness_t
{
  public:
    // Throws std::system_error.
    explicit readiness_t(std::initializer_list<int> fds);
    ~readiness_t();
    readiness_t(const readiness_t &) = delete;
    readiness_t &operator=(const readiness_t &) = delete;

    int fd() const { return _fd; }

  private:
    int _fd = -1;
};
}
