// Erases elements of a list by a predicate that may throw. After an exception the list still holds, in order,
// all elements that the predicate did not take (std::remove_if would leave moved-from elements in it).
#pragma once

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <utility>

#include "spot/base/mutex.hpp"

namespace spot
{
// Erases each element of `list`, a vector or a deque, for which `goes` returns true. The caller holds the
// locks that `goes` needs; the thread-safety analysis cannot see them from here.
template <typename List, typename Goes> void take_out_if(List &list, Goes goes) SPOT_NO_THREAD_SAFETY_ANALYSIS
{
    auto kept = list.begin();
    auto at = list.begin();
    try {
        for (; at != list.end(); ++at) {
            if (goes(*at))
                continue;
            if (kept != at)
                *kept = std::move(*at);
            ++kept;
        }
    } catch (...) {
        if (kept != at)
            list.erase(std::move(at, list.end(), kept), list.end());
        throw;
    }
    list.erase(kept, list.end());
}
}
