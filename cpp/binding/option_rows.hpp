// The table of a node's options, for Python.
#pragma once

#include <pybind11/pybind11.h>

#include "spot/base/options.hpp"

namespace spot::binding
{
// From keywords with the names of the table. Python has checked what they are: in range, a choice as its
// name, a time-out as a number or None for ever, no text as None. TypeError for a name that the table has
// not.
options_t options_of(const pybind11::kwargs &given);

// A tuple of (name, kind, default, low, high, choices, unit, effect) for each option.
pybind11::tuple option_rows();
}
