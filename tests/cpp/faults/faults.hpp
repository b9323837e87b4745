// Makes the n-th request of a kind fail: a descriptor, a thread or memory, asked for by the core.
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
    allocation, // by operator new; of the thread that makes it, only what is asked for in a call_t's time
};

// One at a time. The requests are those of the thread that makes it, and of the core's threads that start
// while it lives. `times`: so many in a row.
class failing_t
{
  public:
    failing_t(fault_t kind, std::int64_t nth, std::int64_t times = 1);
    ~failing_t() { end(); }
    failing_t(const failing_t &) = delete;
    failing_t &operator=(const failing_t &) = delete;

    void end();          // nothing fails any more
    bool failed() const; // the n-th was asked for
};

// While it lives this thread is in a call of the core: its allocations are the core's, not the test's.
class call_t
{
  public:
    call_t();
    ~call_t();
    call_t(const call_t &) = delete;
    call_t &operator=(const call_t &) = delete;
};
}
