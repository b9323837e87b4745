// The log of the library: lines of text with a level, given to one sink for the whole process. It is off
// until both a sink and a level are set. Both functions may be called by any thread at any time.
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

// Receives each line. It is called on any thread, the library's own threads included, and on several at once.
// It must not block, call the library, or throw.
using log_sink_t = void (*)(log_level_t level, std::string_view text);

// The sink of the process. Default: null, which drops every line. The function must stay valid until the
// process ends, because a thread may be about to call it.
void set_log_sink(log_sink_t sink);
// Lines of this level and above are written. Default: off.
void set_log_level(log_level_t level);
}
