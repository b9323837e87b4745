// Protects: when a silent peer gets a HELLO, when it counts as silent, and that a timer set by next_check()
// neither misses these times nor spins.
#include <doctest/doctest.h>

#include <limits>

#include "spot/registry/liveness.hpp"

using spot::millis_t;
using spot::registry::liveness_t;

TEST_CASE("a peer that was never heard is greeted at once and every heartbeat, and is never silent")
{
    liveness_t peer(1000);
    CHECK_FALSE(peer.ever_heard());
    CHECK(peer.must_greet(0));
    CHECK(peer.next_check(0) == 0);
    peer.greeted(0);
    CHECK_FALSE(peer.must_greet(999));
    CHECK(peer.next_check(0) == 1000);
    CHECK(peer.must_greet(1000));
    CHECK_FALSE(peer.silent(1'000'000));
}

TEST_CASE(
    "a peer that is expected and never heard is greeted all the same, and silent after three heartbeats")
{
    liveness_t peer(1000);
    peer.expect(10'000);
    CHECK(peer.must_greet(10'000));
    millis_t now = 10'000;
    while (now < 12'999) {
        CHECK_FALSE(peer.silent(now));
        now += 100;
        peer.looked(now, 100);
    }
    CHECK(peer.silent(13'000));
    CHECK_FALSE(peer.ever_heard());
    CHECK_FALSE(peer.lively(13'000));
    peer.heard(13'001);
    CHECK_FALSE(peer.silent(13'001));
    peer.expect(20'000); // it spoke: nothing begins anew
    CHECK(peer.must_greet(14'001));
}

TEST_CASE("a peer that talks is left alone")
{
    liveness_t peer(1000);
    for (millis_t now = 0; now < 60'000; now += 999) {
        peer.heard(now);
        CHECK_FALSE(peer.must_greet(now + 998));
        CHECK_FALSE(peer.silent(now + 998));
        CHECK(peer.next_check(now) == now + 1000);
    }
}

TEST_CASE("a peer that stops is greeted after one heartbeat, twice more, and gone after three")
{
    liveness_t peer(1000);
    peer.greeted(9'000);
    peer.heard(10'000);
    CHECK(peer.next_check(10'000) == 11'000);
    for (const millis_t now : {11'000, 12'000}) {
        CHECK_FALSE(peer.must_greet(now - 1));
        CHECK(peer.must_greet(now));
        CHECK_FALSE(peer.silent(now));
        peer.greeted(now);
        CHECK_FALSE(peer.must_greet(now));
        CHECK(peer.next_check(now) == now + 1000);
        for (const millis_t later : {250, 500, 750, 1000})
            peer.looked(now + later, 250);
    }
    CHECK_FALSE(peer.silent(12'999));
    CHECK(peer.silent(13'000));
    peer.heard(13'500);
    CHECK_FALSE(peer.silent(13'500));
    CHECK_FALSE(peer.must_greet(14'499));
}

TEST_CASE("silence is noticed on time even when a greeting is due later")
{
    liveness_t peer(1000);
    peer.heard(0);
    peer.greeted(2'500);
    for (millis_t now = 1'000; now <= 2'500; now += 500)
        peer.looked(now, 500);
    CHECK(peer.next_check(2'500) == 3'000);
    // Silent already: only the greeting counts from here, or the timer would fire for ever.
    CHECK(peer.silent(3'000));
    CHECK(peer.next_check(3'000) == 3'500);
}

TEST_CASE("the time in which nobody looked is not the peer's silence")
{
    liveness_t peer(1000);
    peer.heard(0);
    peer.looked(60'000, 60'000); // stopped for a minute; the peer is to be greeted now
    CHECK(peer.must_greet(60'000));
    CHECK_FALSE(peer.silent(60'000));
    peer.looked(60'250, 250);
    peer.looked(60'500, 250);
    CHECK_FALSE(peer.silent(60'500)); // it is given a heartbeat for its answer
    peer.looked(60'750, 250);
    peer.looked(61'000, 250);
    CHECK(peer.silent(61'000));
    peer.heard(61'001);
    CHECK_FALSE(peer.silent(61'001));
    // A message in between makes the earlier silence void.
    peer.looked(62'900, 500);
    CHECK_FALSE(peer.silent(64'001));
}

TEST_CASE("whoever gets to look too seldom gives a silent peer up all the same")
{
    liveness_t peer(1000);
    peer.heard(0);
    int looks = 0;
    for (millis_t now = 5'000; !peer.silent(now); now += 5'000) {
        peer.looked(now, 5'000);
        REQUIRE(++looks <= 3);
    }
    CHECK(looks == 3);
}

TEST_CASE("a loop that sleeps until next_check sees every change, in few steps")
{
    liveness_t peer(250);
    peer.heard(0);
    peer.greeted(0);
    int steps = 0;
    int greetings = 0;
    millis_t silent_since = -1;
    for (millis_t now = 0, before = 0; now < 10'000; before = now, now = peer.next_check(now)) {
        peer.looked(now, now - before);
        if (silent_since < 0 && peer.silent(now))
            silent_since = now;
        if (peer.must_greet(now)) {
            peer.greeted(now);
            ++greetings;
        }
        REQUIRE(++steps < 100);
    }
    CHECK(silent_since == 750);
    CHECK(greetings == 39);
}

TEST_CASE("senseless heartbeats are made sensible")
{
    liveness_t none(0);
    none.heard(5);
    none.greeted(5);
    CHECK_FALSE(none.must_greet(5));
    CHECK(none.next_check(5) == 6);
    liveness_t endless(std::numeric_limits<millis_t>::max());
    endless.heard(5);
    CHECK_FALSE(endless.silent(1'000'000'000));
    CHECK(endless.next_check(5) > 5);
}
