// Protects: when a peer that speaks and does not confirm is given up, that each further time it is held off
// for longer, and that calls wait no longer for it than it has earned.
#include <doctest/doctest.h>

#include <random>

#include "spot/registry/confirmation.hpp"

using spot::millis_t;
using spot::peer_state_t;
using spot::registry::confirmation_t;
using confirm_verdict_t = confirmation_t::verdict_t;

namespace
{
constexpr confirmation_t::view_t seen_up{peer_state_t::up, false, true};
constexpr confirmation_t::view_t seen_up_awaited{peer_state_t::up, true, true};
constexpr confirmation_t::view_t seen_connecting{peer_state_t::connecting, true, true};
constexpr confirmation_t::view_t seen_mute{peer_state_t::connecting, true, false};
constexpr confirmation_t::view_t seen_down{peer_state_t::down, true, true};

// How long until it says so; -1: not within an hour.
millis_t time_until(confirm_verdict_t verdict, confirmation_t &peer, const confirmation_t::view_t &view)
{
    for (millis_t passed = 100; passed <= 3'600'000; passed += 100)
        if (peer.looked(view, 100) == verdict)
            return passed;
    return -1;
}
}

TEST_CASE("a peer that speaks and does not confirm is given up after three heartbeats, and five seconds")
{
    confirmation_t quick(1000), slow(10'000);
    CHECK(time_until(confirm_verdict_t::give_up, quick, seen_connecting) == 5000);
    CHECK(time_until(confirm_verdict_t::give_up, slow, seen_up_awaited) == 30'000);
}

TEST_CASE("silence, and time in which it confirmed, do not count against a peer")
{
    confirmation_t peer(1000);
    CHECK(time_until(confirm_verdict_t::give_up, peer, seen_mute) == -1);
    CHECK(time_until(confirm_verdict_t::give_up, peer, seen_down) == -1);
    confirmation_t other(1000);
    for (int round = 0; round < 10; ++round) {
        CHECK(other.looked(seen_connecting, 4900) == confirm_verdict_t::wait);
        CHECK(other.looked(seen_up, 100) == confirm_verdict_t::wait); // nothing is missing
    }
}

TEST_CASE("the second time, and each time after it, a peer is held off for twice as long, up to a limit")
{
    confirmation_t peer(1000);
    peer.gave_up(true);
    CHECK_FALSE(peer.is_held_off());
    for (const millis_t hold :
         {2000, 4000, 8000, 16'000, 32'000, 64'000, 128'000, 256'000, 300'000, 300'000}) {
        peer.gave_up(true);
        CHECK(peer.is_held_off());
        CHECK(time_until(confirm_verdict_t::ask, peer, seen_down) == hold);
        CHECK_FALSE(peer.is_held_off());
    }
    peer.gave_up(false); // it was not UP in between
    CHECK_FALSE(peer.is_held_off());
    CHECK(peer.looked(seen_up, confirmation_t::good_conduct_ms) == confirm_verdict_t::wait);
    peer.gave_up(true); // after good conduct it is the first time
    CHECK_FALSE(peer.is_held_off());
}

TEST_CASE("the time UP that good conduct takes begins when the peer was given up")
{
    confirmation_t peer(1000);
    peer.gave_up(true);
    peer.looked(seen_up, confirmation_t::good_conduct_ms - 1);
    peer.gave_up(true);
    CHECK(peer.is_held_off());
}

TEST_CASE("calls wait for a peer in its handshake for a second in all; ten times as long UP earns that again")
{
    confirmation_t peer(1000);
    CHECK(peer.patience() == 1000);
    peer.looked(seen_connecting, 400);
    CHECK(peer.patience() == 600);
    peer.looked(seen_connecting, 5000);
    CHECK(peer.patience() == 0);
    peer.looked(seen_up, 5000);
    CHECK(peer.patience() == 500);
    peer.looked(seen_up, 50'000);
    CHECK(peer.patience() == 1000);
}

TEST_CASE("a restart keeps the patience and the number of times, and ends a hold")
{
    confirmation_t peer(1000);
    peer.looked(seen_connecting, 700);
    peer.gave_up(true);
    peer.gave_up(true);
    peer.another_node();
    CHECK_FALSE(peer.is_held_off());
    CHECK(peer.patience() == 300);
    peer.gave_up(true);
    CHECK(time_until(confirm_verdict_t::ask, peer, seen_down) == 4000); // the third time
}

TEST_CASE("a list that is taken in excuses a peer for half a minute on one connection")
{
    confirmation_t peer(1000);
    CHECK_FALSE(peer.excuse(false, 100));
    for (millis_t passed = 0; passed < confirmation_t::most_spared_ms; passed += 1000)
        CHECK(peer.excuse(true, 1000));
    CHECK_FALSE(peer.excuse(true, 1000));
    peer.connection_ended();
    CHECK(peer.excuse(true, 1000));
}

TEST_CASE("data connections of a peer that was given up are made anew more and more seldom")
{
    confirmation_t peer(1000);
    CHECK(peer.retry_after(1000) == 1000);
    for (const millis_t next : {2000, 4000, 8000, 16'000, 32'000, 32'000}) {
        peer.retried();
        CHECK(peer.retry_after(1000) == next);
    }
    peer.gave_up(false);
    CHECK(peer.retry_after(3000) == 3000);
}

TEST_CASE("whatever happens, the patience stays within its bounds, and a hold ends")
{
    std::mt19937 random(11); // NOLINT(cert-msc32-c,cert-msc51-cpp): the same paths every time
    for (int path = 0; path < 100; ++path) {
        confirmation_t peer(1 + static_cast<millis_t>(random() % 100'000));
        for (int step = 0; step < 200; ++step) {
            const confirmation_t::view_t view{static_cast<peer_state_t>(random() % 3), random() % 2 == 0,
                                              random() % 2 == 0};
            const bool was_held = peer.is_held_off();
            const confirm_verdict_t verdict = peer.looked(view, static_cast<millis_t>(random() % 10'000));
            CHECK((verdict == confirm_verdict_t::ask) == (was_held && !peer.is_held_off()));
            if (verdict == confirm_verdict_t::give_up) {
                CHECK((view.awaits && view.state != peer_state_t::down && !was_held));
                peer.gave_up(view.state == peer_state_t::up);
            }
            CHECK(peer.patience() >= 0);
            CHECK(peer.patience() <= confirmation_t::longest_patience_ms);
        }
        CHECK((!peer.is_held_off() ||
               time_until(confirm_verdict_t::ask, peer, seen_down) <= confirmation_t::longest_hold_ms + 100));
    }
}

TEST_CASE("a call waits two heartbeats for a peer that speaks, and a second at least")
{
    CHECK(confirmation_t::longest_for_a_call(100) == 1000);
    CHECK(confirmation_t::longest_for_a_call(3000) == 6000);
}
