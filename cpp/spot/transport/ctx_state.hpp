// Owns the libzmq context. Thread-safe: libzmq's own guarantee for contexts.
#pragma once

#include <memory>

#include "spot/base/fork_guard.hpp"

namespace spot
{
class ctx_state_t
{
  public:
    // Null and errno on failure.
    static std::shared_ptr<ctx_state_t> create(int io_threads);
    // Waits for the sockets' linger; a forked child leaks instead (the parent owns the threads).
    ~ctx_state_t();
    ctx_state_t(const ctx_state_t &) = delete;
    ctx_state_t &operator=(const ctx_state_t &) = delete;

    void *handle() const { return _handle; }

  private:
    explicit ctx_state_t(void *handle) : _handle(handle) {}

    void *_handle;
    fork_guard_t _fork;
};

// libzmq aborts the process when it cannot make the descriptors it needs in certain places, so they are
// counted beforehand. Returns false with errno EMFILE.
bool descriptors_left(int count);
}
