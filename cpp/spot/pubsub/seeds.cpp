#include "spot/pubsub/seeds.hpp"

#include <cstdlib>

namespace spot
{
std::vector<std::string> split_seeds(std::string_view text)
{
    constexpr std::string_view blanks = " \t\r\n";
    std::vector<std::string> seeds;
    while (!text.empty()) {
        const std::size_t comma = text.find(',');
        std::string_view seed = text.substr(0, comma);
        text = comma == text.npos ? std::string_view() : text.substr(comma + 1);
        const std::size_t first = seed.find_first_not_of(blanks);
        if (first == seed.npos)
            continue;
        seed = seed.substr(first, seed.find_last_not_of(blanks) - first + 1);
        seeds.emplace_back(seed);
    }
    return seeds;
}

std::vector<std::string> seeds_from_environment()
{
    // It only reads; see seeds.hpp.
    const char *const text = std::getenv("SPOT_SEEDS"); // NOLINT(concurrency-mt-unsafe)
    return text ? split_seeds(text) : std::vector<std::string>();
}
}
