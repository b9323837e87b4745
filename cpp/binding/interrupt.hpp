// Python's signal handlers during a wait in the core.
#pragma once

#include <atomic>

namespace spot::binding
{
// Makes the core's waits ask whether Python wants to be somewhere else. Call while importing.
void install_interrupt_hook();

// After a wait ended with EINTR, with the GIL: true when a Python exception is set. False: some other signal
// arrived; go on waiting.
bool interrupted_by_exception();

// Ends the waits of one call, on whatever thread that runs.
class call_interrupt_t
{
  public:
    call_interrupt_t() = default;
    call_interrupt_t(const call_interrupt_t &) = delete;
    call_interrupt_t &operator=(const call_interrupt_t &) = delete;

    void set() { _set.store(true, std::memory_order_relaxed); }
    bool is_set() const { return _set.load(std::memory_order_relaxed); }

    // The calls of this thread in between end with InterruptedError once it is set.
    void enter() const;
    void leave() const;

  private:
    std::atomic<bool> _set{false};
};
}
