// Replaces the global operator new by one that fails when faults.cpp says so.
//
// No other source of the tests may be compiled with it: the compiler would see that new is malloc.
#include <cstddef>
#include <cstdlib>
#include <new>

namespace spot::test
{
bool allocation_fails();
}

namespace
{
void *ask(std::size_t size, std::size_t alignment)
{
    if (spot::test::allocation_fails())
        return nullptr;
    if (alignment <= alignof(std::max_align_t))
        return std::malloc(size == 0 ? 1 : size);
    return std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
}

void *ask_or_throw(std::size_t size, std::size_t alignment)
{
    if (void *const memory = ask(size, alignment))
        return memory;
    throw std::bad_alloc();
}
}

void *operator new(std::size_t size)
{
    return ask_or_throw(size, 1);
}
void *operator new[](std::size_t size)
{
    return ask_or_throw(size, 1);
}
void *operator new(std::size_t size, std::align_val_t alignment)
{
    return ask_or_throw(size, static_cast<std::size_t>(alignment));
}
void *operator new[](std::size_t size, std::align_val_t alignment)
{
    return ask_or_throw(size, static_cast<std::size_t>(alignment));
}
void *operator new(std::size_t size, const std::nothrow_t &) noexcept
{
    return ask(size, 1);
}
void *operator new[](std::size_t size, const std::nothrow_t &) noexcept
{
    return ask(size, 1);
}
void *operator new(std::size_t size, std::align_val_t alignment, const std::nothrow_t &) noexcept
{
    return ask(size, static_cast<std::size_t>(alignment));
}
void *operator new[](std::size_t size, std::align_val_t alignment, const std::nothrow_t &) noexcept
{
    return ask(size, static_cast<std::size_t>(alignment));
}

void operator delete(void *memory) noexcept
{
    std::free(memory);
}
void operator delete[](void *memory) noexcept
{
    std::free(memory);
}
#define SPOT_DELETE(...)                                                                                     \
    void operator delete(void *memory, __VA_ARGS__) noexcept                                                 \
    {                                                                                                        \
        std::free(memory);                                                                                   \
    }                                                                                                        \
    void operator delete[](void *memory, __VA_ARGS__) noexcept                                               \
    {                                                                                                        \
        std::free(memory);                                                                                   \
    }
SPOT_DELETE(std::size_t)
SPOT_DELETE(std::align_val_t)
SPOT_DELETE(std::size_t, std::align_val_t)
SPOT_DELETE(const std::nothrow_t &)
SPOT_DELETE(std::align_val_t, const std::nothrow_t &)
