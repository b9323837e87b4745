// Shared by the unit tests: bytes as hex, views of frames, and reproducible random numbers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "spot/wire/control.hpp"
#include "spot/wire/node_id.hpp"

namespace spot::test
{
// "05 | 02 00 00 00" without the bar: bytes from pairs of digits, blanks ignored.
inline std::string bytes(std::string_view hex)
{
    const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
    std::string digits;
    for (const char c : hex)
        if (c != ' ')
            digits.push_back(c);
    std::string raw;
    for (std::size_t i = 0; i + 1 < digits.size(); i += 2)
        raw.push_back(static_cast<char>(digit(digits[i]) << 4 | digit(digits[i + 1])));
    return raw;
}

inline wire::frame_views_t views(const wire::frames_t &frames)
{
    return {frames.begin(), frames.end()};
}

// 00 01 02 ... 0f, plus `first`.
inline wire::node_id_t counting_id(std::uint8_t first = 0)
{
    wire::node_id_t id;
    for (std::size_t i = 0; i < id.bytes.size(); ++i)
        id.bytes[i] = static_cast<std::uint8_t>(first + i);
    return id;
}

class dice_t
{
  public:
    explicit dice_t(std::uint32_t seed) : _engine(seed) {}
    // 0 to sides - 1
    std::size_t roll(std::size_t sides)
    {
        return std::uniform_int_distribution<std::size_t>(0, sides - 1)(_engine);
    }
    bool chance(std::size_t percent) { return roll(100) < percent; }
    template <typename T> const T &pick(const std::vector<T> &from) { return from[roll(from.size())]; }
    std::string garbage(std::size_t most)
    {
        std::string raw(roll(most + 1), '\0');
        for (char &c : raw)
            c = static_cast<char>(roll(256));
        return raw;
    }
    // A concatenation of up to `most` of the pieces.
    std::string text(const std::vector<std::string> &pieces, std::size_t most)
    {
        std::string all;
        for (std::size_t left = roll(most + 1); left > 0; --left)
            all += pick(pieces);
        return all;
    }

  private:
    std::mt19937 _engine;
};
}
