// The result of taking a message or an event out of a queue.
#pragma once

namespace spot
{
enum class take_t
{
    got,         // something was taken
    empty,       // the queue is empty; after a call that waits: it stayed empty until the time-out
    busy,        // only from try_ calls: another thread holds the mutex
    closed,      // the queue, or its node, was closed
    interrupted, // the hook of interrupt.hpp ended the wait
};
}
