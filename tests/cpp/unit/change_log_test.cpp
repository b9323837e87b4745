// Protects: nodes are told of each change of the topics exactly once, with the version that it led to.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "spot/registry/change_log.hpp"
#include "support.hpp"

using namespace spot;
using namespace spot::test;
using registry::change_log_t;

TEST_CASE("without a node to be told, versions count and nothing is kept")
{
    change_log_t log;
    CHECK(log.version() == 1);
    log.prepare(true, "t");
    CHECK_FALSE(log.commit());
    CHECK(log.version() == 2);
    CHECK(log.take().changes.empty());
}

TEST_CASE("a change that was cancelled was none")
{
    change_log_t log;
    log.keep(true);
    log.prepare(true, "kept");
    CHECK(log.commit());
    log.prepare(true, "cancelled");
    log.cancel();
    const registry::topic_changes_t taken = log.take();
    CHECK(taken.version == 2);
    REQUIRE(taken.changes.size() == 1);
    CHECK(taken.changes[0].topic == "kept");
    log.keep(false);
    log.prepare(true, "cancelled");
    log.cancel();
    CHECK(log.version() == 2);
}

TEST_CASE("the last node left: what was kept for it goes, and a later one is told no change from before it")
{
    change_log_t log;
    log.keep(true);
    log.prepare(true, "t");
    log.commit();
    log.keep(false);
    log.prepare(false, "t");
    log.commit();
    log.keep(true);
    log.prepare(true, "u");
    log.commit();
    const registry::topic_changes_t taken = log.take();
    CHECK(taken.version == 4);
    REQUIRE(taken.changes.size() == 1);
    CHECK(taken.changes[0].topic == "u");
}

TEST_CASE("against all changes by version: what is taken is the last ones, without a gap, and once")
{
    dice_t dice(3);
    change_log_t log;
    std::vector<std::string> all = {"", ""}; // by the version that a change led to; the first is 2
    std::uint64_t told = 1;                  // up to that version
    bool kept = false;
    for (int step = 0; step < 5000; ++step) {
        switch (dice.roll(6)) {
        case 0: {
            const registry::topic_changes_t taken = log.take();
            REQUIRE(taken.version == log.version());
            REQUIRE(taken.changes.size() == (kept ? taken.version - told : 0));
            for (std::size_t i = 0; i < taken.changes.size(); ++i)
                REQUIRE(taken.changes[i].topic == all[taken.version - taken.changes.size() + i + 1]);
            told = taken.version;
            break;
        }
        case 1:
            kept = dice.chance(80);
            if (!kept || told < log.version())
                log.take();
            told = log.version();
            log.keep(kept);
            break;
        case 2:
            log.prepare(true, "cancelled");
            log.cancel();
            break;
        default:
            all.push_back(std::to_string(step));
            log.prepare(true, all.back());
            REQUIRE(log.commit() == kept);
        }
        REQUIRE(log.version() + 1 == all.size());
    }
}
