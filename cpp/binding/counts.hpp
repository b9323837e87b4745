// Counters as tuples for Python: the records of spotmq.types have the same order, that of the table.
#pragma once

#include <pybind11/pybind11.h>

#include <array>
#include <cstddef>

#include "spot/base/stats.hpp"

namespace spot::binding
{
// `local`: whether this is a LOCAL topic, which alone has a value for every row.
template <typename Stats, std::size_t Rows>
pybind11::tuple counts_of(const Stats &stats, const std::array<counter_t<Stats>, Rows> &rows,
                          bool local = true)
{
    pybind11::tuple result(Rows);
    std::size_t place = 0;
    for (const counter_t<Stats> &row : rows) {
        if (row.kind == counter_kind_t::local_gauge && !local)
            result[place++] = pybind11::none();
        else
            result[place++] = stats.*row.value;
    }
    return result;
}
}
