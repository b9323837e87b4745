// Owns a libzmq context, and makes sure of descriptors before libzmq needs them.
//
// Thread safety: any thread, by libzmq's own guarantee for contexts.
#pragma once

#include <atomic>
#include <memory>

#include "spot/base/fork_guard.hpp"

namespace spot
{
class ctx_state_t
{
  public:
    // Makes the context and starts all its threads. On failure null and errno: EMFILE or ENFILE (no
    // descriptors), EAGAIN (no threads), ENOMEM, EINVAL.
    static std::shared_ptr<ctx_state_t> create(int io_threads);
    // Terminates the context, unless terminate() was called before.
    ~ctx_state_t() { terminate(); }
    ctx_state_t(const ctx_state_t &) = delete;
    ctx_state_t &operator=(const ctx_state_t &) = delete;

    // Ends the context for all its users: waits until every socket in it is closed and its linger is over. In
    // a forked child it leaks the context instead, because the threads are the parent's. Idempotent.
    void terminate();

    // Null after terminate().
    void *handle() const { return _handle.load(std::memory_order_relaxed); }

    bool forked() const { return _fork.forked(); }

  private:
    explicit ctx_state_t(void *handle) : _handle(handle) {}

    std::atomic<void *> _handle;
    fork_guard_t _fork;
};

// A check that the process can get `count` more descriptors (at most 142), held around a call of libzmq.
// libzmq ends the process in some places where it gets no descriptor. The claim opens the descriptors and
// closes them again; while it lives, its lock keeps other claims out, so that no other thread of the library
// takes those descriptors before libzmq does. Other threads of the program still may
// (docs/architecture/lifetime.md).
class descriptor_claim_t
{
  public:
    explicit descriptor_claim_t(int count);
    ~descriptor_claim_t();
    descriptor_claim_t(const descriptor_claim_t &) = delete;
    descriptor_claim_t &operator=(const descriptor_claim_t &) = delete;

    // False: the process cannot get that many; the constructor has set errno (EMFILE, ENFILE).
    explicit operator bool() const { return _granted; }

  private:
    bool _granted = false;
};
}
