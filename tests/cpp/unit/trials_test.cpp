// Protects: nodes cannot be made to connect to third parties at will, and tellers that tell too much do not
// delay honest ones.
#include "spot/registry/trials.hpp"

#include <doctest/doctest.h>

using spot::registry::trials_t;
using verdict_t = trials_t::verdict_t;

namespace
{
constexpr trials_t::limit_t each{2, 4, 1000}, all{3, 6, 500};

std::string place(int number)
{
    return "tcp://10.0.0.1:" + std::to_string(number);
}

// How many of a teller's endpoints are tried when each fails at once.
int tried(trials_t &trials, const std::string &teller, int from, std::int64_t now)
{
    int count = 0;
    for (int i = from; i < from + 100; ++i) {
        if (trials.judge(teller, place(i), now) != verdict_t::go)
            continue;
        trials.begin(teller, place(i), now);
        trials.failed(place(i), now);
        ++count;
    }
    return count;
}
}

TEST_CASE("a teller has few at once that did not answer, and others have places left")
{
    trials_t trials(each, all);
    for (int i = 0; i < 2; ++i) {
        REQUIRE(trials.judge("a", place(i), 1) == verdict_t::go);
        trials.begin("a", place(i), 1);
    }
    CHECK(trials.judge("a", place(2), 1) == verdict_t::wait);
    REQUIRE(trials.judge("b", place(3), 1) == verdict_t::go);
    trials.begin("b", place(3), 1);
    CHECK(trials.judge("c", place(4), 1) == verdict_t::wait); // all together have a limit, too
    trials.answered(place(0));
    trials.answered(place(0));
    CHECK(trials.judge("c", place(4), 1) == verdict_t::go);
    CHECK(trials.judge("a", place(2), 1) == verdict_t::go);
}

TEST_CASE("what fails is limited in time, for each teller and for all")
{
    trials_t trials(each, all);
    CHECK(tried(trials, "a", 0, 1) == 4);
    CHECK(tried(trials, "a", 100, 1) == 0);
    CHECK(tried(trials, "a", 200, 1001) == 1);
    CHECK(tried(trials, "b", 300, 1001) == 3); // 6 and 2, less 5
    CHECK(tried(trials, "c", 400, 1001) == 0);
    CHECK(tried(trials, "a", 500, 1000001) == 4);
}

TEST_CASE("what comes UP costs nothing, however many they are")
{
    trials_t trials(each, all);
    for (int i = 0; i < 1000; ++i) {
        REQUIRE(trials.judge("a", place(i), 1) == verdict_t::go);
        trials.begin("a", place(i), 1);
        trials.answered(place(i));
        trials.came_up(place(i));
    }
    CHECK(trials.under_way() == 0);
}

TEST_CASE("what failed is tried again later and later, whoever tells of it")
{
    trials_t trials(each, all);
    std::int64_t now = 1;
    for (std::int64_t pause : {15000, 30000, 60000}) {
        REQUIRE(trials.judge("a", place(1), now) == verdict_t::go);
        trials.begin("a", place(1), now);
        trials.failed(place(1), now);
        CHECK(trials.judge("b", place(1), now + pause - 1) == verdict_t::no);
        CHECK(trials.judge("b", place(1), now + 1, true) == verdict_t::go);
        now += pause;
    }
    CHECK(trials.judge("b", place(2), now) == verdict_t::go);
    trials.failed(place(3), now); // it was never begun
    CHECK(trials.judge("b", place(3), now) == verdict_t::go);
}

TEST_CASE("tellers of whom nothing is remembered are forgotten")
{
    trials_t trials(each, all);
    for (int i = 0; i < 100; ++i)
        trials.judge(std::to_string(i), place(i), 1);
    trials.begin("busy", place(1), 1);
    trials.sweep(2);
    CHECK(trials.tellers() == 1);
    trials.failed(place(1), 3);
    trials.sweep(1000000);
    CHECK(trials.tellers() == 0);
}
