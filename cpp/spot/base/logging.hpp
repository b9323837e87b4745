// What the library tells of its work: a level and a line of text, to one sink for the whole process. Off
// until somebody sets a sink and a level.
#pragma once

#include <string_view>

namespace spot
{
enum class log_level_t
{
    debug,
    info,
    warning,
    off,
};

// Called on any thread, also of the library; it must neither block nor call the library, nor throw.
using log_sink_t = void (*)(log_level_t level, std::string_view text);

// Set once: it stays until the process ends.
void set_log_sink(log_sink_t sink);
// The lowest level that is told.
void set_log_level(log_level_t level);
}
