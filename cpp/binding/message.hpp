// Makes the Python objects of type Message. Written against Python's C API, because one is made for each
// message.
#pragma once

#include <Python.h>

#include <cstdint>
#include <string_view>

#include "spot/data/frame.hpp"

namespace spot::binding
{
// A new reference, or null with a Python exception. Call it with the GIL and without an internal mutex:
// making an object may start the garbage collector, which may run any Python code.
PyObject *make_message(const frame_t &frame, std::string_view payload, std::uint64_t seq, std::uint64_t lost);
}
