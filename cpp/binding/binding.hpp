// The parts of the extension module: each function adds one part, and is in the file of its name.
#pragma once

#include <pybind11/pybind11.h>

void bind_errors(pybind11::module_ &module);
void bind_context(pybind11::module_ &module);
void bind_message(pybind11::module_ &module);
void bind_node(pybind11::module_ &module);
void bind_subscriber(pybind11::module_ &module);
void bind_events(pybind11::module_ &module);
void bind_log(pybind11::module_ &module);
void bind_wire(pybind11::module_ &module);
void bind_libzmq(pybind11::module_ &module);
void bind_async(pybind11::module_ &module);
void bind_exit(pybind11::module_ &module);
