// Protects: a subscriber that everybody waits for is cut off for the time in which it took nothing, and for
// no other time.
#include <doctest/doctest.h>

#include "spot/registry/stall_watch.hpp"

using spot::registry::stall_watch_t;

TEST_CASE("time counts while nothing is taken, and begins anew with each message that is")
{
    stall_watch_t watch;
    watch.wait_for("a", 7);
    watch.look(8, 1000); // it took something
    CHECK(watch.look(8, 1400) == 400);
    CHECK(watch.look(8, 1900) == 900);
    CHECK(watch.look(9, 2000) == 0);
    CHECK(watch.look(9, 2300) == 300);
}

TEST_CASE("one look adds a second at most: a machine that slept says nothing of its subscribers")
{
    stall_watch_t watch;
    watch.wait_for("a", 0);
    watch.look(1, 0);
    CHECK(watch.look(1, 3'600'000) == stall_watch_t::longest_look_ms);
}

TEST_CASE("another subscriber begins anew, the same one goes on")
{
    stall_watch_t watch;
    watch.wait_for("a", 0);
    watch.look(1, 0);
    CHECK(watch.look(1, 500) == 500);
    watch.wait_for("a", 1);
    CHECK(watch.look(1, 600) == 600);
    watch.wait_for("b", 3);
    CHECK(watch.subscriber() == "b");
    CHECK(watch.look(3, 700) == 100);
}
