// Makes requests of the core fail: the n-th request for a descriptor, a thread or memory, or the reading of a
// message.
//
// Requests of libzmq's own threads do not fail, and neither do those without which libzmq ends the process.
// The linker leads calls of libzmq and of the system through faults.cpp (--wrap).
#pragma once

#include <cstddef>
#include <cstdint>

namespace spot::test
{
enum class fault_t
{
    descriptor,
    thread,
    allocation, // by operator new; of the thread that makes the failing_t, only while a call_t lives
};

// One may live at a time. It counts the requests of the thread that made it, and of the core's threads that
// start while it lives. `times`: how many requests fail in a row.
class failing_t
{
  public:
    failing_t(fault_t kind, std::int64_t nth, std::int64_t times = 1);
    ~failing_t() { end(); }
    failing_t(const failing_t &) = delete;
    failing_t &operator=(const failing_t &) = delete;

    void end();          // no further request fails
    bool failed() const; // whether the n-th request came
};

// Reports that the next message which this thread reads is cut off: reading it fails with ECONNRESET after
// `frames` frames, and its other frames are dropped.
class cut_message_t
{
  public:
    explicit cut_message_t(std::size_t frames);
    ~cut_message_t();
    cut_message_t(const cut_message_t &) = delete;
    cut_message_t &operator=(const cut_message_t &) = delete;
};

// While it lives, this thread is in a call of the core: its allocations count as the core's, not as the
// test's.
class call_t
{
  public:
    call_t();
    ~call_t();
    call_t(const call_t &) = delete;
    call_t &operator=(const call_t &) = delete;
};
}
