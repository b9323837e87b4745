// attempt(), for code that must go on without memory because it has no caller to report to: closing a node,
// and the loops of the library's threads.
#pragma once

#include <new>
#include <utility>

#include "spot/base/mutex.hpp"

namespace spot
{
// Runs `work`. False: std::bad_alloc ended it early; other exceptions pass through. The caller holds the
// locks that `work` needs; the thread-safety analysis cannot see them from here.
template <typename Work> bool attempt(Work &&work) SPOT_NO_THREAD_SAFETY_ANALYSIS
{
    try {
        std::forward<Work>(work)();
    } catch (const std::bad_alloc &) {
        return false;
    }
    return true;
}
}
