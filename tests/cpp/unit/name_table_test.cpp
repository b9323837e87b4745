// Protects: the table behind every lookup of a topic finds what it holds, and only that, after any insertions
// and erasures.
#include <doctest/doctest.h>

#include <map>
#include <memory>
#include <random>
#include <string>

#include "spot/registry/name_table.hpp"

using namespace spot::registry;

namespace
{
using named_t = std::shared_ptr<std::string>;

std::string_view name_of(const named_t &named)
{
    return *named;
}

using table_t = name_table_t<named_t, name_of>;

named_t named(const std::string &name)
{
    return std::make_shared<std::string>(name);
}
}

TEST_CASE("an empty table has nothing and lets nothing be taken out")
{
    table_t table;
    CHECK(table.find("a") == nullptr);
    table.erase("a");
    table.erase_if([](const named_t &) { return true; });
    CHECK(table.size() == 0);
}

TEST_CASE("what was put in and taken out at random is what a map says")
{
    std::mt19937 random(7);
    table_t table;
    std::map<std::string, named_t> expected;
    for (int step = 0; step < 20000; ++step) {
        const std::string name = "topic:" + std::to_string(random() % 300);
        if (random() % 2) {
            if (!expected.count(name)) {
                expected[name] = named(name);
                table.insert(expected[name]);
            }
        } else {
            expected.erase(name);
            table.erase(name);
        }
        REQUIRE(table.size() == expected.size());
    }
    for (int i = 0; i < 300; ++i) {
        const std::string name = "topic:" + std::to_string(i);
        const named_t *const found = table.find(name);
        REQUIRE((found != nullptr) == (expected.count(name) == 1));
        if (found)
            CHECK((*found == expected[name]));
    }
    std::size_t seen = 0;
    table.for_each([&](const named_t &one) { seen += expected.count(*one); });
    CHECK(seen == expected.size());
}

TEST_CASE("many go at once, and those that stay are found")
{
    table_t table;
    for (int i = 0; i < 1000; ++i)
        table.insert(named(std::to_string(i)));
    table.erase_if([](const named_t &one) { return one->back() != '7'; });
    CHECK(table.size() == 100);
    for (int i = 0; i < 1000; ++i)
        CHECK((table.find(std::to_string(i)) != nullptr) == (i % 10 == 7));
}

TEST_CASE("what is taken out ends, and only that")
{
    table_t table;
    const named_t gone = named("gone"), stays = named("stays");
    table.insert(gone);
    table.insert(stays);
    table.erase("gone");
    CHECK(gone.use_count() == 1);
    CHECK(stays.use_count() == 2);
    table.clear();
    CHECK(stays.use_count() == 1);
    CHECK(table.find("stays") == nullptr);
}

TEST_CASE("a table is walked in parts, each thing once")
{
    table_t table;
    CHECK(table.for_some(0, 10, [](const named_t &) { FAIL("there is nothing"); }) == 0);
    for (int i = 0; i < 1000; ++i)
        table.insert(named(std::to_string(i)));
    std::map<std::string, int> met;
    std::size_t at = 0;
    do {
        at = table.for_some(at, 7, [&](const named_t &found) { ++met[*found]; });
    } while (at != 0);
    CHECK(met.size() == 1000);
    for (const auto &[name, times] : met)
        CHECK_MESSAGE(times == 1, name);
}
