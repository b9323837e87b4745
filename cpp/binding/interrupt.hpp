// Runs Python's signal handlers during a wait in the core, and ends the waits of single calls.
#pragma once

#include <atomic>

namespace spot::binding
{
// Installs the hook of base/interrupt.hpp. Call it while the module is imported.
void install_interrupt_hook();

// Call it with the GIL after a wait that ended with EINTR. True: a Python exception is set. False: another
// signal arrived, and the caller is to go on waiting.
bool interrupted_by_exception();

// Ends the waits of one call, whichever thread runs it. Any thread may call set().
class call_interrupt_t
{
  public:
    call_interrupt_t() = default;
    call_interrupt_t(const call_interrupt_t &) = delete;
    call_interrupt_t &operator=(const call_interrupt_t &) = delete;

    void set() { _set.store(true, std::memory_order_relaxed); }
    bool is_set() const { return _set.load(std::memory_order_relaxed); }

    // Calls of this thread between enter() and leave() end with InterruptedError once set() was called.
    void enter() const;
    void leave() const;

  private:
    std::atomic<bool> _set{false};
};
}
