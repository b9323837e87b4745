// Protects: the memory of names that are gone is bounded, and keeps the latest.
#include <doctest/doctest.h>

#include <string>

#include "spot/registry/remembered.hpp"

using spot::registry::remembered_t;

TEST_CASE("what was kept is taken once")
{
    remembered_t<int> names(10);
    CHECK_FALSE(names.take("a"));
    names.keep("a", 1);
    names.keep("b", 2);
    names.keep("a", 3);
    CHECK(names.size() == 2);
    CHECK(names.take("a") == 3);
    CHECK_FALSE(names.take("a"));
    CHECK(names.take("b") == 2);
    CHECK(names.size() == 0);
}

TEST_CASE("the oldest goes when there are too many, and is handed back")
{
    remembered_t<int> names(3);
    CHECK_FALSE(names.keep("1", 1));
    CHECK_FALSE(names.keep("2", 2));
    CHECK_FALSE(names.keep("3", 3));
    CHECK(names.keep("4", 4) == 1);
    CHECK(names.take("2") == 2);
    CHECK_FALSE(names.keep("5", 5));
    CHECK(names.size() == 3);
    names.erase_if([](int value) { return value != 4; });
    CHECK(names.size() == 1);
    CHECK(names.take("4") == 4);
}

TEST_CASE("names that come and go for ever leave nothing behind")
{
    remembered_t<int> names(100);
    for (int i = 0; i < 10000; ++i) {
        names.keep("always the same", i);
        REQUIRE(names.take("always the same") == i);
        names.keep(std::to_string(i), i);
    }
    CHECK(names.size() <= 100);
    CHECK(names.take("9999") == 9999);
    CHECK_FALSE(names.take("1"));
}
