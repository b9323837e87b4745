// Describes the libzmq in use, for reports of bugs.
#pragma once

#include <string>
#include <vector>

namespace spot
{
struct libzmq_t
{
    std::string version; // of the library that runs; the headers may have been of another version
    bool bundled;        // linked into this library; false: the system's
    std::vector<std::string> features; // those of zmq_has() that this libzmq has
};

libzmq_t describe_libzmq();
}
