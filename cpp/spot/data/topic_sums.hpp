// Counters added up by topic.
#pragma once

#include <string>
#include <unordered_map>

#include "spot/base/types.hpp"

namespace spot
{
// The topic's name is the key; in the values it is empty.
using topic_sums_t = std::unordered_map<std::string, topic_stats_t>;
}
