#include "spot/registry/pattern.hpp"

#include <algorithm>
#include <cstddef>
#include <cstring>

namespace spot::registry
{
namespace
{
// The place where the next code point begins: at most text.size(), also in a text that is not UTF-8.
std::size_t next_char(std::string_view text, std::size_t at)
{
    do
        ++at;
    while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80);
    return at;
}

// Matches a segment (the part of a pattern between two '*') at the beginning of the text. Returns how many
// bytes of the text it takes; npos: it does not match there.
std::size_t taken_by(std::string_view segment, std::string_view text)
{
    std::size_t t = 0;
    for (std::size_t p = 0; p < segment.size();) {
        if (segment[p] == '?') {
            if (t == text.size())
                return std::string_view::npos;
            t = next_char(text, t);
            ++p;
            continue;
        }
        const std::size_t literal = std::min(segment.find('?', p), segment.size()) - p;
        if (text.size() - t < literal || std::memcmp(segment.data() + p, text.data() + t, literal) != 0)
            return std::string_view::npos;
        p += literal;
        t += literal;
    }
    return t;
}

// Finds the first place, `at`, where the segment matches, and returns how many bytes it takes there; npos:
// none. Places are beginnings of code points, so that '?' takes a whole one.
std::size_t find_segment(std::string_view segment, std::string_view text, std::size_t &at)
{
    const char first = segment[0];
    for (at = 0; at <= text.size(); at = at < text.size() ? next_char(text, at) : at + 1) {
        if (first != '?') {
            const void *const next = std::memchr(text.data() + at, first, text.size() - at);
            if (next == nullptr)
                return std::string_view::npos;
            at = static_cast<std::size_t>(static_cast<const char *>(next) - text.data());
        }
        const std::size_t taken = taken_by(segment, text.substr(at));
        if (taken != std::string_view::npos)
            return taken;
    }
    return std::string_view::npos;
}

// Matches the last segment at the end of the text. Returns how many bytes it takes; npos: it does not match
// there.
std::size_t taken_at_end(std::string_view segment, std::string_view text)
{
    std::size_t points = 0;
    for (const char c : segment)
        points += (static_cast<unsigned char>(c) & 0xC0) != 0x80 ? 1 : 0;
    std::size_t from = text.size();
    for (; points > 0 && from > 0; --points) {
        do
            --from;
        while (from > 0 && (static_cast<unsigned char>(text[from]) & 0xC0) == 0x80);
    }
    if (points > 0 || taken_by(segment, text.substr(from)) != text.size() - from)
        return std::string_view::npos;
    return text.size() - from;
}
}

// Each segment between two '*' is matched at its first place: an earlier place leaves at least as much of the
// text for the segments behind it as a later one. So no other place needs to be tried, and the time is
// bounded.
bool matches(std::string_view pattern, std::string_view topic)
{
    constexpr std::size_t none = std::string_view::npos;
    const std::size_t first_star = pattern.find('*');
    const std::size_t head = taken_by(pattern.substr(0, first_star), topic);
    if (head == none || first_star == none)
        return head == topic.size();
    topic.remove_prefix(head);
    const std::size_t last_star = pattern.rfind('*');
    const std::size_t tail = taken_at_end(pattern.substr(last_star + 1), topic);
    if (tail == none)
        return false;
    topic.remove_suffix(tail);
    for (std::size_t p = first_star + 1; p <= last_star;) {
        const std::size_t end = pattern.find('*', p);
        if (end > p) {
            std::size_t at = 0;
            const std::size_t taken = find_segment(pattern.substr(p, end - p), topic, at);
            if (taken == none)
                return false;
            topic.remove_prefix(at + taken);
        }
        p = end + 1;
    }
    return true;
}
}
