// Protects: the told end of a stream takes effect only behind a barrier that was asked for after it was told,
// and no more barriers are asked for than needed.
#include <doctest/doctest.h>

#include "spot/registry/awaited_ends.hpp"
#include "support.hpp"

using spot::registry::awaited_ends_t;

namespace
{
constexpr spot::millis_t heartbeat = 1000;
constexpr spot::wire::source_t one = 1, two = 2;

std::uint64_t number_asked(awaited_ends_t &ends, spot::millis_t now, bool drained)
{
    const auto asked = ends.ask(now, drained, heartbeat);
    return asked.empty() ? 0 : asked.front().second;
}
}

TEST_CASE("an end is passed by the barrier that was asked for after it was told, and by no earlier one")
{
    awaited_ends_t ends;
    CHECK(ends.empty());
    ends.expect(one, {"a", 5}, 0);
    const std::uint64_t first = number_asked(ends, 0, true);
    REQUIRE(first > 0);
    ends.expect(one, {"b", 7}, 1);
    const auto passed = ends.pass(one, first);
    REQUIRE(passed.size() == 1);
    CHECK(passed[0].topic == "a");
    CHECK(passed[0].next == 5);
    CHECK_FALSE(ends.empty());
    CHECK(ends.pass(one, first).empty());
    CHECK(ends.pass(two, ~0ULL).empty()); // another owner's
    const std::uint64_t second = number_asked(ends, 1, true);
    CHECK(second > first);
    CHECK(ends.pass(one, second).size() == 1);
    CHECK(ends.empty());
}

TEST_CASE("a later word of the same topic takes the place of the earlier one")
{
    awaited_ends_t ends;
    ends.expect(one, {"a", 5}, 0);
    const std::uint64_t early = number_asked(ends, 0, true);
    ends.expect(one, {"a", 9}, 1);
    CHECK(ends.pass(one, early).empty());
    const auto passed = ends.pass(one, number_asked(ends, 1, true));
    REQUIRE(passed.size() == 1);
    CHECK(passed[0].next == 9);
}

TEST_CASE("a barrier that does not come is asked for again: soon when nothing waits, rarely otherwise")
{
    awaited_ends_t ends;
    ends.expect(one, {"a", 5}, 0);
    CHECK(number_asked(ends, 0, false) == 0); // it would take a place, and come late
    CHECK(number_asked(ends, 4 * heartbeat - 1, false) == 0);
    const std::uint64_t number = number_asked(ends, 4 * heartbeat, false);
    CHECK(number > 0);
    CHECK(number_asked(ends, 4 * heartbeat + 1, true) == 0);
    CHECK(number_asked(ends, 4 * heartbeat + heartbeat / 2, true) == number); // the same: nothing is new
    CHECK(number_asked(ends, 8 * heartbeat, false) == 0);
    CHECK(number_asked(ends, 9 * heartbeat, false) == number);
}

TEST_CASE("what became known otherwise needs no barrier")
{
    awaited_ends_t ends;
    ends.expect(one, {"a", 5}, 0);
    ends.expect(one, {"b", 6}, 0);
    ends.expect(two, {"a", 7}, 0);
    ends.drop([](spot::wire::source_t source, const spot::wire::stream_end_t &end) {
        return source == one && end.next <= 6;
    });
    const auto asked = ends.ask(0, true, heartbeat);
    REQUIRE(asked.size() == 1);
    CHECK(asked[0].first == two);
    CHECK(ends.finish(two).size() == 1);
    CHECK(ends.empty());
}
