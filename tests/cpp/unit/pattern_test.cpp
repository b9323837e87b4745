// Protects: what '*' and '?' match, compared with a matcher that is too simple to be wrong.
#include <doctest/doctest.h>

#include <chrono>
#include <string>

#include "spot/registry/pattern.hpp"
#include "spot/wire/names.hpp"
#include "support.hpp"

using spot::registry::matches;

namespace
{
// One code point off the front of valid UTF-8.
std::string_view rest_of(std::string_view text)
{
    std::size_t length = 1;
    while (length < text.size() && (static_cast<unsigned char>(text[length]) & 0xc0) == 0x80)
        ++length;
    return text.substr(length);
}

bool naive(std::string_view pattern, std::string_view topic)
{
    if (pattern.empty())
        return topic.empty();
    if (pattern[0] == '*')
        return naive(pattern.substr(1), topic) || (!topic.empty() && naive(pattern, rest_of(topic)));
    if (topic.empty())
        return false;
    if (pattern[0] == '?')
        return naive(pattern.substr(1), rest_of(topic));
    return pattern[0] == topic[0] && naive(pattern.substr(1), topic.substr(1));
}
}

TEST_CASE("'*' is any run of characters, also none")
{
    CHECK(matches("*", "a"));
    CHECK(matches("*", ""));
    CHECK(matches("game:*", "game:"));
    CHECK(matches("game:*", "game:player:1"));
    CHECK(matches("*:1", "game:player:1"));
    CHECK(matches("g*:*:1", "game:player:1"));
    CHECK(matches("**a**", "a"));
    CHECK_FALSE(matches("game:*", "game"));
    CHECK_FALSE(matches("*:1", "game:player:12"));
    CHECK_FALSE(matches("a*a", "a"));
    CHECK(matches("*aab", "aaab")); // needs a retry inside a partial match
}

TEST_CASE("'?' is exactly one code point")
{
    CHECK(matches("?", "a"));
    CHECK(matches("?", "é"));
    CHECK(matches("?", "🎲"));
    CHECK(matches("a?c", "aéc"));
    CHECK_FALSE(matches("??", "é"));
    CHECK_FALSE(matches("?", ""));
    CHECK_FALSE(matches("?", "ab"));
    CHECK(matches("??", "e\xcc\x81")); // a combining accent is a code point of its own
    CHECK_FALSE(matches("*??", "é"));
    CHECK(matches("*?", "é"));
}

TEST_CASE("a pattern without wildcards matches itself")
{
    CHECK(matches("chat", "chat"));
    CHECK_FALSE(matches("chat", "chatter"));
    CHECK_FALSE(matches("chat", "cha"));
    CHECK_FALSE(matches("", "a"));
    CHECK(matches("", ""));
}

TEST_CASE("against the naive matcher on random patterns and topics")
{
    spot::test::dice_t dice(5);
    const std::vector<std::string> in_topics = {"a", "b", ":", "é", "è", "€", "🎲"};
    std::vector<std::string> in_patterns = in_topics;
    in_patterns.insert(in_patterns.end(), {"*", "*", "?", "?"});
    int matched = 0;
    for (int i = 0; i < 200000; ++i) {
        const std::string pattern = dice.text(in_patterns, 7);
        const std::string topic = dice.text(in_topics, 7);
        const bool expected = naive(pattern, topic);
        CAPTURE(pattern);
        CAPTURE(topic);
        REQUIRE(matches(pattern, topic) == expected);
        matched += expected;
    }
    CHECK(matched > 5000);
}

TEST_CASE("bytes that are not UTF-8 stay within bounds")
{
    spot::test::dice_t dice(6);
    for (int i = 0; i < 50000; ++i)
        matches(dice.garbage(12) + (dice.chance(50) ? "?*" : "*?"), dice.garbage(12));
    CHECK(matches("?", "\x80\x80\x80"));
}

TEST_CASE("the worst pattern on the longest topic does not explode")
{
    std::string pattern;
    while (pattern.size() < 250)
        pattern += "*a";
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < 100; ++i) {
        CHECK(matches(pattern, std::string(255, 'a')));
        CHECK_FALSE(matches(pattern + "b", std::string(255, 'a')));
        CHECK_FALSE(matches("*" + std::string(120, 'a') + "b", std::string(255, 'a')));
    }
    CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(10));
}
