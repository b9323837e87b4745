#include "spot/base/fork_guard.hpp"

#include <atomic>

#if !defined(_WIN32)
#include <pthread.h>
#endif

namespace spot
{
namespace
{
std::atomic<std::uint32_t> generation{0};

bool watch_forks()
{
#if !defined(_WIN32)
    pthread_atfork(nullptr, nullptr, [] { generation.fetch_add(1, std::memory_order_relaxed); });
#endif
    return true;
}
const bool watching = watch_forks();
}

std::uint32_t fork_generation()
{
    (void)watching;
    return generation.load(std::memory_order_relaxed);
}
}
