// The class of the asynchronous iterator over the messages of a node or subscriber (`async for`).
#pragma once

#include <pybind11/pybind11.h>

namespace spot::binding
{
// Adds the class Messages to the module. Throws pybind11::error_already_set.
void add_async_messages(pybind11::module_ &module);
}
