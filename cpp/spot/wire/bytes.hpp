// Reads and writes little-endian integers at any address. Shifts make the host's byte order and alignment
// irrelevant; compilers turn each function into one instruction.
//
// Thread safety: any thread.
#pragma once

#include <cstddef>
#include <type_traits>

namespace spot::wire
{
template <typename T> void put_le(char *at, T value)
{
    static_assert(std::is_unsigned_v<T>);
    for (std::size_t i = 0; i < sizeof(T); ++i)
        at[i] = static_cast<char>(static_cast<unsigned char>(value >> (8 * i)));
}

// Reads sizeof(T) bytes. The caller has checked that there are as many.
template <typename T> T get_le(const char *at)
{
    static_assert(std::is_unsigned_v<T>);
    T value = 0;
    for (std::size_t i = 0; i < sizeof(T); ++i)
        value = static_cast<T>(value | static_cast<T>(static_cast<unsigned char>(at[i])) << (8 * i));
    return value;
}
}
