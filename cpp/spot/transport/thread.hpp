// A thread of the core's own: it has a name, and no signal is ever delivered to it.
#pragma once

#include <functional>
#include <thread>

namespace spot
{
// Sleeps for that long, to within a few microseconds where the system lets a thread ask for it.
void sleep_exactly(std::int64_t nanoseconds);

// 0, or -1 and errno: EAGAIN (the system gives no further thread), ENOMEM. `body` lets no exception out: that
// would end the process.
int start_thread(std::thread &thread, const char *name, std::function<void()> body);

// Whether the system gives so many threads: makes them, and waits until they are gone. False and errno.
bool threads_left(int count);
}
