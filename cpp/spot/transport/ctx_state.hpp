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
    // With all its threads. Null and errno: EMFILE, EAGAIN (no thread can be had), ENOMEM, EINVAL.
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

// libzmq ends the process when it cannot get the descriptors that it needs in certain places. So they are had
// beforehand, and let go of just before libzmq is called: while a claim lives, no other thread of the core
// makes descriptors. (Threads of the program's may: see docs/architecture/lifetime.md.)
class descriptor_claim_t
{
  public:
    explicit descriptor_claim_t(int count);
    ~descriptor_claim_t();
    descriptor_claim_t(const descriptor_claim_t &) = delete;
    descriptor_claim_t &operator=(const descriptor_claim_t &) = delete;

    // False: there are not so many; errno said why (EMFILE, ENFILE).
    explicit operator bool() const { return _granted; }

  private:
    bool _granted = false;
};
}
