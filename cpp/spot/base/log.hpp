// Writes lines of the log to the sink of logging.hpp. A line whose level is off costs one relaxed load, and
// its text is not made.
//
// Thread safety: any thread.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "spot/base/logging.hpp"

namespace spot
{
namespace detail
{
inline std::atomic<log_level_t> log_level{log_level_t::off};
void write_log(log_level_t level, std::string_view text);
}

// Whether a line of this level is written now.
inline bool logs(log_level_t level)
{
    return level >= detail::log_level.load(std::memory_order_relaxed);
}

// Text that a user or a peer chose (names, endpoints). It is written in quotes, cut at 120 bytes, and every
// byte that is not printable ASCII is escaped, so that a peer cannot forge a line.
struct quoted_t
{
    std::string_view text;
};
inline quoted_t quoted(std::string_view text)
{
    return {text};
}

// A number with its noun: "1 topic", "2 topics".
struct counted_t
{
    std::uint64_t count;
    const char *noun;
};
inline counted_t counted(std::uint64_t count, const char *noun)
{
    return {count, noun};
}

// The parts of a line. A type of another header brings an append_to in its own namespace.
inline void append_to(std::string &line, std::string_view part)
{
    line += part;
}
void append_to(std::string &line, quoted_t part);
void append_to(std::string &line, counted_t part);
template <typename Number, typename = std::enable_if_t<std::is_integral_v<Number>>>
void append_to(std::string &line, Number part)
{
    line += std::to_string(part);
}

// Writes lines that begin with the name of one object, such as "node 'a'". A line for which there is no
// memory is dropped.
class logger_t
{
  public:
    explicit logger_t(std::string speaker) : _speaker(std::move(speaker)) {}

    template <typename... Parts> void debug(const Parts &...parts) const
    {
        write(log_level_t::debug, parts...);
    }
    template <typename... Parts> void info(const Parts &...parts) const
    {
        write(log_level_t::info, parts...);
    }
    template <typename... Parts> void warning(const Parts &...parts) const
    {
        write(log_level_t::warning, parts...);
    }

  private:
    template <typename... Parts> void write(log_level_t level, const Parts &...parts) const
    {
        if (!logs(level))
            return;
        try {
            std::string line = _speaker;
            line += ": ";
            (append_to(line, parts), ...);
            detail::write_log(level, line);
        } catch (const std::exception &) {
        }
    }

    const std::string _speaker;
};
}
