// Matching of patterns over UTF-8: '*' is any run of characters (also none), '?' exactly one code point.
//
// Thread safety: any thread.
#pragma once

#include <string_view>

namespace spot::registry
{
// Both texts must be valid UTF-8. A match takes a few hundred nanoseconds; the worst patterns of 255 bytes
// take tens of microseconds.
bool matches(std::string_view pattern, std::string_view topic);
}
