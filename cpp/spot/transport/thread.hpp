// A thread of the core's own: it has a name, and no signal is ever delivered to it.
#pragma once

#include <functional>
#include <thread>

namespace spot
{
// Sleeps for that long, to within a few microseconds where the system lets a thread ask for it.
void sleep_exactly(std::int64_t nanoseconds);

// 0, or -1 and ENOMEM: no memory, or the system gives no further thread. (It says EAGAIN of the latter, which
// of a call of ours means something else.) `body` lets no exception out: that would end the process.
int start_thread(std::thread &thread, const char *name, std::function<void()> body);
}
