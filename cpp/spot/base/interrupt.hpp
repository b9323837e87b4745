// The hook by which a host language interrupts blocking calls. Each thread that waits in the core calls it at
// least once per `interrupt_slice_ms`, with no lock held; when it returns true, the call ends with EINTR.
//
// Thread safety: any thread; the hook itself is called by several threads at once.
#pragma once

#include <atomic>

#include "spot/base/clock.hpp"

namespace spot
{
using interrupt_hook_t = bool (*)();

inline constexpr millis_t interrupt_slice_ms = 50;

// The hook of the process; null (the default): nothing interrupts.
inline std::atomic<interrupt_hook_t> &interrupt_hook()
{
    static std::atomic<interrupt_hook_t> hook{nullptr};
    return hook;
}

// Asks the hook whether the calling thread is to stop waiting.
inline bool interrupted()
{
    const interrupt_hook_t hook = interrupt_hook().load(std::memory_order_relaxed);
    return hook != nullptr && hook();
}
}
