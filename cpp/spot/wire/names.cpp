#include "spot/wire/names.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "spot/wire/limits.hpp"

namespace spot::wire
{
namespace
{
constexpr std::string_view wildcards = "*?";

bool holds(std::string_view name, char c)
{
    return std::memchr(name.data(), c, name.size()) != nullptr;
}

bool ascii8(const unsigned char *at)
{
    std::uint64_t word;
    std::memcpy(&word, at, sizeof word);
    return (word & 0x8080808080808080ULL) == 0;
}

bool within(unsigned char c, unsigned char low, unsigned char high)
{
    return c >= low && c <= high;
}

// The length of the well-formed sequence that begins at `at`; 0: there is none. The range of the second byte
// excludes overlong forms, surrogates and code points above U+10FFFF (RFC 3629, section 4).
std::size_t sequence_length(const unsigned char *at, std::size_t left)
{
    const unsigned char lead = at[0];
    if (lead < 0x80)
        return 1;
    std::size_t length = 2;
    unsigned char low = 0x80;
    unsigned char high = 0xBF;
    if (within(lead, 0xC2, 0xDF)) {
        length = 2;
    } else if (within(lead, 0xE0, 0xEF)) {
        length = 3;
        low = lead == 0xE0 ? 0xA0 : 0x80;
        high = lead == 0xED ? 0x9F : 0xBF;
    } else if (within(lead, 0xF0, 0xF4)) {
        length = 4;
        low = lead == 0xF0 ? 0x90 : 0x80;
        high = lead == 0xF4 ? 0x8F : 0xBF;
    } else {
        return 0;
    }
    if (length > left || !within(at[1], low, high))
        return 0;
    for (std::size_t i = 2; i < length; ++i)
        if (!within(at[i], 0x80, 0xBF))
            return 0;
    return length;
}

// The rules that topics and patterns share.
bool valid_name(std::string_view name)
{
    return !name.empty() && name.size() <= max_topic_bytes && !holds(name, '\0') && valid_utf8(name);
}
}

bool valid_utf8(std::string_view text)
{
    const auto *at = reinterpret_cast<const unsigned char *>(text.data());
    std::size_t left = text.size();
    while (left > 0) {
        std::size_t step = 8;
        if (left < step || !ascii8(at))
            step = sequence_length(at, left);
        if (step == 0)
            return false;
        at += step;
        left -= step;
    }
    return true;
}

bool valid_topic(std::string_view name)
{
    return valid_name(name) && !holds(name, '*') && !holds(name, '?');
}

bool valid_pattern(std::string_view name)
{
    return valid_name(name) && is_pattern(name);
}

bool is_pattern(std::string_view name)
{
    return name.find_first_of(wildcards) != std::string_view::npos;
}

std::string_view literal_prefix(std::string_view pattern)
{
    return pattern.substr(0, pattern.find_first_of(wildcards));
}
}
