#include "spot/registry/pattern.hpp"

#include <cstddef>

namespace spot::registry
{
namespace
{
// Where the next code point begins. Stays inside the text even if that is not UTF-8 after all.
std::size_t next_char(std::string_view text, std::size_t at)
{
    do
        ++at;
    while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80);
    return at;
}
}

// Only the last '*' is ever tried again: whatever an earlier one could take instead, the last one can take
// as well. It gives way by whole code points, so that '?' never begins inside of one.
bool matches(std::string_view pattern, std::string_view topic)
{
    constexpr std::size_t none = std::string_view::npos;
    std::size_t p = 0;
    std::size_t t = 0;
    std::size_t after_star = none; // in the pattern
    std::size_t retry_at = 0;      // in the topic: where what follows the '*' is tried next
    while (t < topic.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            after_star = ++p;
            retry_at = t;
        } else if (p < pattern.size() && pattern[p] == '?') {
            ++p;
            t = next_char(topic, t);
        } else if (p < pattern.size() && pattern[p] == topic[t]) {
            ++p;
            ++t;
        } else if (after_star != none) {
            p = after_star;
            t = retry_at = next_char(topic, retry_at);
        } else {
            return false;
        }
        if (after_star == pattern.size())
            return true; // a '*' at the end takes all that is left
    }
    while (p < pattern.size() && pattern[p] == '*')
        ++p;
    return p == pattern.size();
}
}
