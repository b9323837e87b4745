// For what goes on when there is no memory, because nobody can be told: closing, and the loops of threads.
#pragma once

#include <new>
#include <utility>

#include "spot/base/mutex.hpp"

namespace spot
{
// Runs `work`. False: it was cut short, because there is no memory. What it needs locked, the caller holds;
// the analysis does not see that from here.
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
