// Helpers of the public C++ classes: they turn exceptions and results into 0, or -1 and errno. Not installed.
#pragma once

#include <cerrno>
#include <new>
#include <system_error>

#include "spot/base/errors.hpp"
#include "spot/data/receiver.hpp"

namespace spot
{
// Runs `call` and returns its result; an exception of the standard library becomes -1 and an errno.
template <typename Call> int guarded(Call call)
{
    try {
        return call();
    } catch (const std::bad_alloc &) {
        return fail(ENOMEM);
    } catch (const std::system_error &error) {
        return fail(error.code().value());
    }
}

// The same for a call that returns a value: without memory it returns a default value and sets errno.
template <typename Value, typename Call> Value guarded_value(Call call)
{
    try {
        return call();
    } catch (const std::bad_alloc &) {
        errno = ENOMEM;
        return Value();
    }
}

// A result of taking a message or an event, as 0, or -1 and errno.
inline int taken(take_t result)
{
    switch (result) {
    case take_t::got:
        return 0;
    case take_t::closed:
        return fail(ENOTSOCK);
    case take_t::interrupted:
        return fail(EINTR);
    case take_t::empty:
    case take_t::busy:
        break;
    }
    return fail(EAGAIN);
}
}
