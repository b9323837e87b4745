// Protects: which changes of the topics a node is told, so that it never misses one without getting the whole
// list, and never gets one without the list before it; when it is told again; when it is forgotten.
#include <doctest/doctest.h>

#include <utility>

#include "spot/registry/session.hpp"
#include "support.hpp"

using namespace spot;
using namespace spot::test;
using registry::session_due_t;
using registry::session_t;

namespace
{
constexpr millis_t session_heartbeat = 1000;

session_t begun(millis_t now = 0)
{
    session_t session;
    session.begin(now);
    return session;
}

session_t current(std::uint64_t version, millis_t now = 0)
{
    session_t session = begun(now);
    session.told_list(version);
    return session;
}

session_t stale(std::uint64_t version, millis_t now = 0)
{
    session_t session = current(version, now);
    session.missed();
    return session;
}
}

TEST_CASE("a new session is told no changes: its list, when it asks for one, contains them")
{
    session_t session = begun();
    CHECK(session.first_change(5, 4) == 4);
    CHECK(session.version() == 0);
    CHECK_FALSE(session.stale());
}

TEST_CASE("a current session is told the changes that its version does not contain")
{
    session_t all = current(10), some = current(12), none = current(14);
    CHECK(all.first_change(14, 4) == 0);
    CHECK(some.first_change(14, 4) == 2);
    CHECK(none.first_change(14, 4) == 4);
    all.told_changes(14);
    CHECK(all.version() == 14);
    CHECK(all.first_change(14, 4) == 4);
}

TEST_CASE("a gap between a session and the changes makes it stale, and it is told nothing but a list")
{
    session_t session = current(9);
    CHECK(session.first_change(14, 4) == 4);
    CHECK(session.stale());
    CHECK(session.first_change(15, 1) == 1);
    CHECK(session.due(0, session_heartbeat) == session_due_t::list);
    session.told_list(15);
    CHECK_FALSE(session.stale());
    CHECK(session.first_change(16, 1) == 0);
}

TEST_CASE("a session that could not be told something is stale until it is told a list or its version")
{
    session_t session = stale(3);
    CHECK(session.first_change(4, 1) == 1);
    session.told_version(true);
    CHECK_FALSE(session.stale());
    CHECK(session.first_change(4, 1) == 0);
    session.told_version(false);
    CHECK(session.stale());
}

TEST_CASE("telling that was cut short makes those sessions stale that have a list and not yet its changes")
{
    session_t fresh = begun(), behind = current(3), up_to_date = current(5), was_stale = stale(5);
    for (session_t *session : {&fresh, &behind, &up_to_date, &was_stale})
        session->interrupted(5);
    CHECK_FALSE(fresh.stale());
    CHECK(behind.stale());
    CHECK_FALSE(up_to_date.stale());
    CHECK(was_stale.stale());
}

TEST_CASE("what is due at a heartbeat, in each state and after each silence")
{
    struct row_t
    {
        const char *what;
        session_t session;
        millis_t now;
        session_due_t due;
    };
    const millis_t expiry = session_t::expiry_ms;
    const row_t rows[] = {
        {"new, for less than a heartbeat", begun(), session_heartbeat - 1, session_due_t::nothing},
        {"new, for a heartbeat", begun(), session_heartbeat, session_due_t::first_version},
        {"current, heard lately", current(1), 2 * session_heartbeat - 1, session_due_t::nothing},
        {"current, silent for two heartbeats", current(1), 2 * session_heartbeat, session_due_t::version},
        {"stale, heard lately", stale(1), 0, session_due_t::list},
        {"stale and silent", stale(1), 2 * session_heartbeat, session_due_t::list},
        {"new and expired", begun(), expiry + 1, session_due_t::forget},
        {"current and expired", current(1), expiry + 1, session_due_t::forget},
        {"stale and expired", stale(1), expiry + 1, session_due_t::forget},
        {"current, not quite expired", current(1), expiry, session_due_t::version},
    };
    for (const row_t &row : rows) {
        CAPTURE(row.what);
        CHECK(row.session.due(row.now, session_heartbeat) == row.due);
    }
}

TEST_CASE("hearing of a node puts off its silence and its end, and not the list that it needs")
{
    session_t session = current(1);
    session.heard(session_t::expiry_ms);
    CHECK(session.due(session_t::expiry_ms + 1, session_heartbeat) == session_due_t::nothing);
    CHECK(session.due(2 * session_t::expiry_ms + 1, session_heartbeat) == session_due_t::forget);
    session.missed();
    CHECK(session.due(session_t::expiry_ms + 1, session_heartbeat) == session_due_t::list);
}

TEST_CASE("heartbeats longer than the expiry do not keep a new session from its version")
{
    const session_t session = begun();
    CHECK(session.due(session_t::expiry_ms, 10 * session_t::expiry_ms) == session_due_t::first_version);
}

TEST_CASE("beginning anew forgets what the node before was told")
{
    session_t session = stale(7);
    session.begin(50);
    CHECK(session.version() == 0);
    CHECK_FALSE(session.stale());
    CHECK(session.due(50 + session_heartbeat, session_heartbeat) == session_due_t::first_version);
}

// A node that keeps the list it was told, and the true list. Whatever fails to be sent, the node's list is
// the true one at its version, and it becomes the newest one after a heartbeat in which everything is sent.
TEST_CASE("whatever is lost on the way, a node's list is true at its version and catches up")
{
    dice_t dice(20260101);
    for (int round = 0; round < 200; ++round) {
        session_t session = begun();
        std::uint64_t version = 1; // of the true list; the list itself is the set of changes below it
        std::uint64_t known = 0;   // the node's list contains exactly the changes up to here; 0: no list
        std::uint64_t logged = 0;  // changes that were not told yet
        millis_t now = 0;
        for (int step = 0; step < 60; ++step) {
            now += static_cast<millis_t>(dice.roll(800));
            const bool sent = dice.chance(70);
            switch (dice.roll(4)) {
            case 0:
                ++version;
                ++logged;
                break;
            case 1: { // the changes are told
                const auto count = static_cast<std::size_t>(std::exchange(logged, 0));
                const std::size_t first = session.first_change(version, count);
                if (first == count)
                    break;
                REQUIRE(known == version - count + first); // nothing missed, nothing twice
                if (sent) {
                    session.told_changes(version);
                    known = version;
                } else {
                    session.missed();
                }
                break;
            }
            case 2: // the node asks
                session.heard(now);
                if (sent) {
                    session.told_list(version);
                    known = version;
                    session.told_version(dice.chance(70));
                } else {
                    session.missed();
                }
                break;
            case 3:
                session.heard(now);
                if (session.due(now, session_heartbeat) == session_due_t::list && sent) {
                    session.told_list(version);
                    known = version;
                }
                break;
            }
            if (!session.stale() && session.version() != 0)
                REQUIRE(session.version() == known);
        }
        if (session.version() == 0)
            continue;
        const auto count = static_cast<std::size_t>(logged);
        if (session.first_change(version, count) < count)
            session.told_changes(version);
        if (session.due(now, session_heartbeat) == session_due_t::list)
            session.told_list(version);
        CHECK(session.version() == version);
    }
}
