#include "spot/base/log.hpp"

namespace spot
{
namespace
{
constexpr std::size_t max_quoted_bytes = 120;

std::atomic<log_sink_t> log_sink{nullptr};

void append_escaped(std::string &line, unsigned char byte)
{
    constexpr char digits[] = "0123456789abcdef";
    line += "\\x";
    line += digits[byte >> 4];
    line += digits[byte & 15];
}
}

void set_log_sink(log_sink_t sink)
{
    log_sink.store(sink, std::memory_order_release);
}

void set_log_level(log_level_t level)
{
    detail::log_level.store(level, std::memory_order_relaxed);
}

void detail::write_log(log_level_t level, std::string_view text)
{
    if (const log_sink_t sink = log_sink.load(std::memory_order_acquire))
        sink(level, text);
}

// Bytes beyond ASCII are escaped, too: Unicode has line ends and marks of writing direction there, with which
// a peer could forge a line.
void append_to(std::string &line, quoted_t part)
{
    const bool cut = part.text.size() > max_quoted_bytes;
    line += '\'';
    for (const char character : part.text.substr(0, max_quoted_bytes)) {
        const auto byte = static_cast<unsigned char>(character);
        if (byte < 0x20 || byte >= 0x7F) {
            append_escaped(line, byte);
            continue;
        }
        if (character == '\'' || character == '\\')
            line += '\\';
        line += character;
    }
    line += cut ? "'..." : "'";
}

void append_to(std::string &line, counted_t part)
{
    line += std::to_string(part.count);
    line += ' ';
    line += part.noun;
    if (part.count != 1)
        line += 's';
}
}
