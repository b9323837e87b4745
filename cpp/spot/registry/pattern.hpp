// Glob matching over UTF-8: '*' is any run of characters (also none), '?' exactly one code point.
#pragma once

#include <string_view>

namespace spot::registry
{
// Both must be valid UTF-8. Takes a few hundred nanoseconds; what is made to be costly, tens of microseconds.
bool matches(std::string_view pattern, std::string_view topic);
}
