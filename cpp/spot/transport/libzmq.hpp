// Which libzmq this is: what a report of a bug should say.
#pragma once

#include <string>
#include <vector>

namespace spot
{
struct libzmq_t
{
    std::string version; // of what runs, which need not be what was compiled against
    bool bundled;        // linked in, rather than the system's
    std::vector<std::string> features;
};

libzmq_t describe_libzmq();
}
