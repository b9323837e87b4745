// For what goes on when there is no memory, because nobody can be told: closing, and the loops of threads.
#pragma once

#include <new>
#include <utility>

namespace spot
{
// Runs `work`. False: it was cut short, because there is no memory.
template <typename Work> bool attempt(Work &&work)
{
    try {
        std::forward<Work>(work)();
    } catch (const std::bad_alloc &) {
        return false;
    }
    return true;
}
}
