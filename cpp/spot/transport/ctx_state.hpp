// Owns the libzmq context. Thread-safe: libzmq's own guarantee for contexts.
#pragma once

#include <atomic>
#include <memory>

#include "spot/base/fork_guard.hpp"

namespace spot
{
class ctx_state_t
{
  public:
    // Null and errno on failure.
    static std::shared_ptr<ctx_state_t> create(int io_threads);
    // terminate(), unless that was called.
    ~ctx_state_t() { terminate(); }
    ctx_state_t(const ctx_state_t &) = delete;
    ctx_state_t &operator=(const ctx_state_t &) = delete;

    // Ends the context for everybody: waits until every socket in it is closed and its linger is over. A
    // forked child leaks instead (the parent owns the threads).
    void terminate();

    // Null after terminate().
    void *handle() const { return _handle.load(std::memory_order_relaxed); }

    bool forked() const { return _fork.forked(); }

  private:
    explicit ctx_state_t(void *handle) : _handle(handle) {}

    std::atomic<void *> _handle;
    fork_guard_t _fork;
};

// libzmq aborts the process when it cannot make the descriptors it needs in certain places, so they are
// counted beforehand. Returns false with errno EMFILE.
bool descriptors_left(int count);
}
