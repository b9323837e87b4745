// The core reports errors as POSIX does: -1 and errno. Values that a platform lacks are defined here.
#pragma once

#include <cerrno>

namespace spot
{
inline int fail(int error)
{
    errno = error;
    return -1;
}
}
