// One pollable descriptor for several: an epoll (Linux) or kqueue (macOS) that is readable while one of them
// is.
//
// Thread safety: any thread may poll fd(). The descriptors that it watches stay their owners'.
#pragma once

#include <initializer_list>

namespace spot
{
class readiness_t
{
  public:
    // Throws std::system_error (EMFILE, ENFILE, ENOMEM).
    explicit readiness_t(std::initializer_list<int> fds);
    ~readiness_t();
    readiness_t(const readiness_t &) = delete;
    readiness_t &operator=(const readiness_t &) = delete;

    int fd() const { return _fd; }

  private:
    int _fd = -1;
};
}
