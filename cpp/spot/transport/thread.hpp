// Starts the library's threads. Each has a name and blocks all signals, so that signals go to the program's
// own threads.
//
// Thread safety: any thread.
#pragma once

#include <functional>
#include <thread>

namespace spot
{
// Sleeps that long, or until a signal. On a thread of start_thread() under Linux it is exact to a few
// microseconds; elsewhere the system may add some 50.
void sleep_exactly(std::int64_t nanoseconds);

// Starts a thread. 0, or -1 and errno: EAGAIN (the system gives no further thread), ENOMEM. `body` must not
// let an exception out, which would end the process.
int start_thread(std::thread &thread, const char *name, std::function<void()> body);

// Whether the system gives `count` more threads: starts them, and waits until they are gone. False and errno.
// Throws std::bad_alloc.
bool threads_left(int count);
}
