// Takes elements out of a list, in order, with a question that may throw: what was not asked for stays.
// (std::remove_if would leave a list with holes.)
#pragma once

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <utility>

#include "spot/base/mutex.hpp"

namespace spot
{
// `list`: a vector or a deque. What the question needs locked, the callers hold; the analysis does not see
// that from here.
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
