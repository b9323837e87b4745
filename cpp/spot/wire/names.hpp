// What a topic and a pattern may be called.
#pragma once

#include <string_view>

namespace spot::wire
{
// Well-formed by RFC 3629: no overlong form, no surrogate, nothing above U+10FFFF.
bool valid_utf8(std::string_view text);
// A topic is non-empty well-formed UTF-8 (RFC 3629), at most 255 bytes, with no NUL, '*' or '?'.
bool valid_topic(std::string_view name);
// A pattern follows the same rules but holds at least one '*' or '?'.
bool valid_pattern(std::string_view name);
// True when the name holds '*' or '?' (whether or not it is otherwise valid).
bool is_pattern(std::string_view name);
// What stands before the first '*' or '?'.
std::string_view literal_prefix(std::string_view pattern);
}
