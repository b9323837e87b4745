// Lines for the log. While nobody listens (logging.hpp), one costs a load, and its text is not made.
//
// Ownership: any thread.
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

inline bool logs(log_level_t level)
{
    return level >= detail::log_level.load(std::memory_order_relaxed);
}

// Text that others chose (names, endpoints): told in quotes, with what cannot be printed escaped, and cut.
struct quoted_t
{
    std::string_view text;
};
inline quoted_t quoted(std::string_view text)
{
    return {text};
}

// A number and what it counts: "1 topic", "2 topics".
struct counted_t
{
    std::uint64_t count;
    const char *noun;
};
inline counted_t counted(std::uint64_t count, const char *noun)
{
    return {count, noun};
}

// What a line may be made of; other types bring an append_to in their own namespace.
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

// Tells who speaks, in front of each line.
class logger_t
{
  public:
    explicit logger_t(std::string who) : _who(std::move(who)) {}

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
            std::string line = _who;
            line += ": ";
            (append_to(line, parts), ...);
            detail::write_log(level, line);
        } catch (const std::exception &) { // out of memory: a line less
        }
    }

    const std::string _who;
};
}
