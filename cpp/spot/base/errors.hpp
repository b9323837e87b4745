// The core reports errors as POSIX does: a function returns -1 and sets errno.
#pragma once

#include <cerrno>

namespace spot
{
// Sets errno and returns -1, for `return fail(EINVAL);`.
inline int fail(int error)
{
    errno = error;
    return -1;
}
}
