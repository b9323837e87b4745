// A thread of the core's own: it has a name, and no signal is ever delivered to it.
#pragma once

#include <functional>
#include <thread>

namespace spot
{
// Sleeps for that long, to within a few microseconds where the system lets a thread ask for it.
void sleep_exactly(std::int64_t nanoseconds);

// Throws std::system_error.
std::thread start_thread(const char *name, std::function<void()> body);
}
