// Makes the n-th request of a kind fail: a descriptor or a thread, asked for by the core.
//
// What libzmq asks for in its own threads is left alone, and that without which it ends the process. The
// linker leads calls of libzmq, and of the system, through faults.cpp (--wrap).
#pragma once

#include <cstdint>

namespace spot::test
{
enum class fault_t
{
    descriptor,
    thread,
};

// One at a time. The requests are those of the thread that makes it, and of the core's threads that start
// while it lives.
class failing_t
{
  public:
    failing_t(fault_t kind, std::int64_t nth);
    ~failing_t() { end(); }
    failing_t(const failing_t &) = delete;
    failing_t &operator=(const failing_t &) = delete;

    void end();          // nothing fails any more
    bool failed() const; // the n-th was asked for
};
}
