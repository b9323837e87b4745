// The seeds in the environment variable SPOT_SEEDS, which join() uses when it gets none.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace spot
{
// Splits endpoints that are separated by commas. Blanks around them, and empty ones, are left out.
std::vector<std::string> split_seeds(std::string_view text);
// Reads SPOT_SEEDS. The caller makes sure that no other thread changes the environment meanwhile, as for
// getenv().
std::vector<std::string> seeds_from_environment();
}
