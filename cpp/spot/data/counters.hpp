// Counters that hot paths bump and stats() reads.
#pragma once

#include <atomic>
#include <cstdint>

namespace spot
{
// Written by one thread at a time (whoever holds the mutex of its owner): no locked instruction needed.
class owned_counter_t
{
  public:
    void add(std::uint64_t n)
    {
        _value.store(_value.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
    }
    std::uint64_t get() const { return _value.load(std::memory_order_relaxed); }

  private:
    std::atomic<std::uint64_t> _value{0};
};

// Written by anyone.
class shared_counter_t
{
  public:
    void add(std::uint64_t n) { _value.fetch_add(n, std::memory_order_relaxed); }
    std::uint64_t get() const { return _value.load(std::memory_order_relaxed); }

  private:
    std::atomic<std::uint64_t> _value{0};
};
}
