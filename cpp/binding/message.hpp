// Message: what a receiver hands to Python. Written against the C API; one is made per message received.
#pragma once

#include <Python.h>

#include <cstdint>
#include <string_view>

#include "spot/data/frame.hpp"

namespace spot::binding
{
// A new reference, or null with a Python exception. Call it without any internal mutex: making an object
// may collect garbage, which runs anybody's code.
PyObject *make_message(const frame_t &frame, std::string_view payload, std::uint64_t seq, std::uint64_t lost);
}
