// The options of a node as a table, for code that takes options by name or shows all of them: the binding,
// and later files and exporters. The rows are declared in options.hpp.
#pragma once

#include <array>
#include <climits>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>

#include "spot/base/options.hpp"

namespace spot
{
inline constexpr std::array<std::string_view, 2> overflow_names = {"drop", "block"};

// How an option is written. `low` and `high` bound its value in Python, both included.
enum class option_kind_t
{
    whole,        // a whole number
    milliseconds, // a number that may have a fraction; it is rounded up
    timeout,      // the same; negative is for ever
    choice,       // one of overflow_names
    yes_no,
    text, // `high` is how many bytes of UTF-8 it may have; empty: none
};

inline constexpr std::int64_t option_int_max = INT_MAX;
inline constexpr std::int64_t option_long_max = INT64_MAX;
inline constexpr std::int64_t option_day_ms = 24 * 3600 * 1000;

// A value of any option: a number, or the place in overflow_names; yes or no; a text.
using option_value_t = std::variant<std::int64_t, bool, std::string>;

// A row, for programs that take options from elsewhere, or show them.
struct option_t
{
    std::string_view name;
    option_kind_t kind;
    std::int64_t low, high;
    std::string_view unit; // in the plural
    std::string_view effect;
    option_value_t (*get)(const options_t &options);
    // Throws std::bad_variant_access if the value is of another type. A number must be in range.
    void (*set)(options_t &options, const option_value_t &value);
};

template <auto Field> option_value_t get_option(const options_t &options)
{
    const auto &value = options.*Field;
    using type_t = std::decay_t<decltype(value)>;
    if constexpr (std::is_same_v<type_t, bool> || std::is_same_v<type_t, std::string>)
        return value;
    else
        return static_cast<std::int64_t>(value);
}

template <auto Field> void set_option(options_t &options, const option_value_t &value)
{
    auto &field = options.*Field;
    using type_t = std::decay_t<decltype(field)>;
    if constexpr (std::is_same_v<type_t, bool> || std::is_same_v<type_t, std::string>)
        field = std::get<type_t>(value);
    else
        field = static_cast<type_t>(std::get<std::int64_t>(value));
}

inline constexpr std::array node_options = {
#define SPOT_OPTION_ROW(type, name, value, kind, low, high, unit, effect)                                    \
    option_t{#name,                                                                                          \
             option_kind_t::kind,                                                                            \
             low,                                                                                            \
             high,                                                                                           \
             #unit,                                                                                          \
             effect,                                                                                         \
             &get_option<&options_t::name>,                                                                  \
             &set_option<&options_t::name>},
    SPOT_OPTIONS(SPOT_OPTION_ROW)
#undef SPOT_OPTION_ROW
};
}
