// Glob matching over UTF-8: '*' is any run of characters (also none), '?' exactly one code point.
#pragma once

#include <string_view>

namespace spot::registry
{
// Both must be valid UTF-8. Linear in practice: backtracks only to the last '*'.
bool matches(std::string_view pattern, std::string_view topic);
}
