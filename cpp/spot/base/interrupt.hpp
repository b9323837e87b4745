// Lets a host language interrupt a blocking call. Every wait in the core asks at least once per
// `interrupt_slice_ms`, with no lock held; a `true` ends the call with EINTR.
#pragma once

#include <atomic>

#include "spot/base/clock.hpp"

namespace spot
{
using interrupt_hook_t = bool (*)();

inline constexpr millis_t interrupt_slice_ms = 50;

inline std::atomic<interrupt_hook_t> &interrupt_hook()
{
    static std::atomic<interrupt_hook_t> hook{nullptr};
    return hook;
}

inline bool interrupted()
{
    const interrupt_hook_t hook = interrupt_hook().load(std::memory_order_relaxed);
    return hook != nullptr && hook();
}
}
