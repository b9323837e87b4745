// Where a node finds its cluster when nobody tells it: the environment variable SPOT_SEEDS.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace spot
{
// Endpoints separated by commas; blanks around them and empty places do not count.
std::vector<std::string> split_seeds(std::string_view text);
// Reading the environment while another thread changes it is an error in any C program: the caller's care.
std::vector<std::string> seeds_from_environment();
}
