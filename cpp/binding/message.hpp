// Message: what a receiver hands to Python. Written against the C API; one is made per message received.
#pragma once

#include <Python.h>

#include "spot/data/frame.hpp"

namespace spot::binding
{
// A new reference, or null with a Python exception. Call it without any internal mutex: making an object
// may collect garbage, which runs anybody's code.
PyObject *make_message(delivery_t &&delivery);
}
