// The rules for the names of topics and patterns.
//
// Thread safety: any thread.
#pragma once

#include <string_view>

namespace spot::wire
{
// Whether the text is well-formed by RFC 3629: no overlong form, no surrogate, nothing above U+10FFFF.
bool valid_utf8(std::string_view text);
// A topic is non-empty, well-formed UTF-8 of at most 255 bytes without NUL, '*' or '?'.
bool valid_topic(std::string_view name);
// A pattern obeys the same rules, but holds at least one '*' or '?'.
bool valid_pattern(std::string_view name);
// Whether the name holds '*' or '?'; it need not be valid otherwise.
bool is_pattern(std::string_view name);
// The part of the pattern before its first '*' or '?'.
std::string_view literal_prefix(std::string_view pattern);
}
