// Protects: which bytes are a valid topic or pattern, and the corner cases of UTF-8 above all.
#include <doctest/doctest.h>

#include <set>
#include <string>

#include "spot/wire/names.hpp"
#include "support.hpp"

using namespace spot;
using namespace spot::wire;
using spot::test::bytes;

TEST_CASE("a topic is non-empty, at most 255 bytes, without NUL, '*' or '?'")
{
    CHECK(valid_topic("a"));
    CHECK(valid_topic("game:player1"));
    CHECK(valid_topic(" \t\n\x7f"));
    CHECK(valid_topic("größe/温度/🎲"));
    CHECK_FALSE(valid_topic(""));
    CHECK_FALSE(valid_topic(std::string_view{}));
    CHECK_FALSE(valid_topic(std::string_view("a\0b", 3)));
    CHECK_FALSE(valid_topic(std::string_view("\0", 1)));
    CHECK_FALSE(valid_topic("a*"));
    CHECK_FALSE(valid_topic("?a"));
    CHECK(valid_topic(std::string(255, 'x')));
    CHECK_FALSE(valid_topic(std::string(256, 'x')));
    CHECK_FALSE(valid_topic(std::string(254, 'x') + "\xc3\xa9")); // 256 bytes, 255 characters
    CHECK_FALSE(valid_topic(std::string(254, 'x') + "\xc3"));     // cut in the middle
}

TEST_CASE("a pattern is a topic's name with at least one wildcard")
{
    CHECK(valid_pattern("*"));
    CHECK(valid_pattern("?"));
    CHECK(valid_pattern("game:*:ä?"));
    CHECK_FALSE(valid_pattern(""));
    CHECK_FALSE(valid_pattern("game"));
    CHECK_FALSE(valid_pattern(std::string_view("a\0*", 3)));
    CHECK_FALSE(valid_pattern("*\xff"));
    CHECK(valid_pattern(std::string(254, 'x') + "*"));
    CHECK_FALSE(valid_pattern(std::string(255, 'x') + "*"));
}

TEST_CASE("is_pattern and literal_prefix look at wildcards only")
{
    CHECK(is_pattern("a*b"));
    CHECK(is_pattern("\xff?"));
    CHECK_FALSE(is_pattern("ab"));
    CHECK_FALSE(is_pattern(""));
    CHECK(literal_prefix("chat:*") == "chat:");
    CHECK(literal_prefix("a?b*") == "a");
    CHECK(literal_prefix("*") == "");
    CHECK(literal_prefix("plain") == "plain");
}

TEST_CASE("UTF-8: the first and last code point of every length")
{
    for (const char *hex :
         {"00", "7f", "c280", "dfbf", "e0a080", "efbfbf", "ed9fbf", "ee8080", "f0908080", "f48fbfbf"}) {
        CAPTURE(hex);
        CHECK(valid_utf8(bytes(hex)));
    }
}

TEST_CASE("UTF-8: what RFC 3629 forbids")
{
    const std::vector<const char *> overlong = {"c080", "c1bf", "e08080", "e09fbf", "f0808080", "f08fbfbf"};
    const std::vector<const char *> surrogates = {"eda080", "edbfbf", "eda080edb080"};
    const std::vector<const char *> too_large = {"f4908080", "f5808080", "f8888080 80", "fe", "ff"};
    const std::vector<const char *> truncated = {"c3", "e282", "e2", "f09f98", "f09f", "f0"};
    const std::vector<const char *> stray = {"80",       "bf",          "c3c3",        "e2 28 a1",
                                             "e2 82 28", "f0 9f 28 80", "f0 9f 98 28", "c3a9a9"};
    for (const auto *group : {&overlong, &surrogates, &too_large, &truncated, &stray}) {
        for (const char *hex : *group) {
            CAPTURE(hex);
            CHECK_FALSE(valid_utf8(bytes(hex)));
            // Wherever it stands in the eight-byte steps of the ASCII path.
            for (std::size_t before = 0; before < 17; ++before) {
                CHECK_FALSE(valid_utf8(std::string(before, 'a') + bytes(hex)));
                CHECK_FALSE(valid_utf8(std::string(before, 'a') + bytes(hex) + std::string(9, 'b')));
            }
        }
    }
}

TEST_CASE("UTF-8: a view that ends inside a character does not look behind its end")
{
    const std::string text = "a€é🎲";
    const std::set<std::size_t> ends = {0, 1, 4, 6, 10};
    for (std::size_t length = 0; length <= text.size(); ++length)
        CHECK(valid_utf8(std::string_view(text).substr(0, length)) == (ends.count(length) > 0));
}

namespace
{
// Decodes a code point and asks whether encoding it again gives the same bytes: nothing in common with
// the tables of the code under test.
bool naive_utf8(std::string_view text)
{
    while (!text.empty()) {
        const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
        const std::size_t length = byte(0) < 0x80           ? 1
                                   : (byte(0) >> 5) == 0x06 ? 2
                                   : (byte(0) >> 4) == 0x0e ? 3
                                   : (byte(0) >> 3) == 0x1e ? 4
                                                            : 0;
        if (length == 0 || length > text.size())
            return false;
        std::uint32_t point = length == 1 ? byte(0) : byte(0) & (0x7fu >> length);
        for (std::size_t i = 1; i < length; ++i) {
            if ((byte(i) & 0xc0) != 0x80)
                return false;
            point = point << 6 | (byte(i) & 0x3fu);
        }
        const std::size_t shortest = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
        if (shortest != length || (point >= 0xd800 && point <= 0xdfff) || point > 0x10ffff)
            return false;
        text.remove_prefix(length);
    }
    return true;
}
}

TEST_CASE("UTF-8: every two-byte string and every lead of three bytes, against a decoder")
{
    for (unsigned a = 0; a < 256; ++a)
        for (unsigned b = 0; b < 256; ++b)
            for (const unsigned c : {0x00u, 0x41u, 0x7fu, 0x80u, 0xa0u, 0xbfu, 0xc0u, 0xffu}) {
                const std::string text = {static_cast<char>(a), static_cast<char>(b), static_cast<char>(c)};
                const std::string longer = text + static_cast<char>(0x80);
                REQUIRE(valid_utf8(text.substr(0, 2)) == naive_utf8(text.substr(0, 2)));
                REQUIRE(valid_utf8(text) == naive_utf8(text));
                REQUIRE(valid_utf8(longer) == naive_utf8(longer));
            }
}

TEST_CASE("UTF-8: random mixtures of good and bad pieces, against a decoder")
{
    test::dice_t dice(1);
    const std::vector<std::string> pieces = {
        "a",    "abcdefgh",         "\xc3\xa9",     "\xe2\x82\xac", "\xc3",
        "\xa9", "\xf0\x9f\x98\x80", "\xed\xa0\x80", "\xe2\x82",     "\xf4\x90\x80\x80"};
    const std::vector<std::string> good(pieces.begin(), pieces.begin() + 4);
    for (int i = 0; i < 20000; ++i) {
        const std::string text = dice.text(dice.chance(50) ? good : pieces, 8);
        REQUIRE(valid_utf8(text) == naive_utf8(text));
    }
}
