// A thread of the core's own: it has a name, and no signal is ever delivered to it.
#pragma once

#include <functional>
#include <thread>

namespace spot
{
// Throws std::system_error.
std::thread start_thread(const char *name, std::function<void()> body);
}
