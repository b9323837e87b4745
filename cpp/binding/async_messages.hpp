// The asynchronous iterator over the messages of a Node or Subscriber.
#pragma once

#include <pybind11/pybind11.h>

namespace spot::binding
{
// Adds the class Messages. Throws pybind11::error_already_set.
void add_async_messages(pybind11::module_ &module);
}
