// Protects: which topics a receiver's subscriptions match, and that the filters of its socket follow them
// exactly.
#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <set>

#include "spot/registry/pattern.hpp"
#include "spot/registry/subscriptions.hpp"
#include "spot/wire/data.hpp"
#include "spot/wire/names.hpp"
#include "support.hpp"

using spot::registry::subscription_table_t;
using spot::wire::exact_filter;
using names_t = std::vector<std::string>;

TEST_CASE("a name asks for its exact filter")
{
    subscription_table_t table;
    std::string filter = "before";
    bool changed = false;
    CHECK(table.empty());
    REQUIRE(table.add("chat", filter, changed));
    CHECK(changed);
    CHECK(filter == exact_filter("chat"));
    CHECK_FALSE(table.add("chat", filter, changed));
    CHECK_FALSE(changed);
    CHECK(filter.empty());
    CHECK(table.contains("chat"));
    CHECK(table.matches("chat"));
    CHECK_FALSE(table.matches("chatter"));
    CHECK_FALSE(table.matches("cha"));
    REQUIRE(table.remove("chat", filter, changed));
    CHECK(changed);
    CHECK(filter == exact_filter("chat"));
    CHECK_FALSE(table.remove("chat", filter, changed));
    CHECK_FALSE(changed);
    CHECK_FALSE(table.matches("chat"));
    CHECK(table.empty());
}

TEST_CASE("patterns with one literal prefix share a filter")
{
    subscription_table_t table;
    std::string filter;
    bool changed = false;
    REQUIRE(table.add("game:*", filter, changed));
    CHECK(changed);
    CHECK(filter == "game:");
    REQUIRE(table.add("game:?", filter, changed));
    CHECK_FALSE(changed);
    CHECK(filter.empty());
    CHECK(table.filters() == names_t{"game:"});
    CHECK(table.list() == names_t{"game:*", "game:?"});
    REQUIRE(table.remove("game:*", filter, changed));
    CHECK_FALSE(changed);
    CHECK(table.matches("game:1"));
    CHECK_FALSE(table.matches("game:12"));
    REQUIRE(table.remove("game:?", filter, changed));
    CHECK(changed);
    CHECK(filter == "game:");
    CHECK_FALSE(table.remove("game:?", filter, changed));
    CHECK(table.filters().empty());
}

TEST_CASE("a pattern may need the empty filter")
{
    subscription_table_t table;
    std::string filter = "before";
    bool changed = false;
    REQUIRE(table.add("*:score", filter, changed));
    CHECK(changed);
    CHECK(filter.empty());
    CHECK(table.filters() == names_t{""});
    CHECK(table.matches("game:score"));
    CHECK_FALSE(table.matches("game:scores"));
}

TEST_CASE("a name and a pattern's prefix of the same letters are two filters")
{
    subscription_table_t table;
    std::string filter;
    bool changed = false;
    REQUIRE(table.add("game", filter, changed));
    REQUIRE(table.add("game*", filter, changed));
    CHECK(changed);
    CHECK(filter == "game");
    CHECK(table.size() == 2);
    REQUIRE(table.remove("game", filter, changed));
    CHECK(changed);
    CHECK(table.matches("game"));
}

namespace
{
using counts_t = std::map<std::string, int>;

std::string filter_of(const std::string &name)
{
    return spot::wire::is_pattern(name) ? std::string(spot::wire::literal_prefix(name)) : exact_filter(name);
}

void one_operation(subscription_table_t &table, std::set<std::string> &model, counts_t &filters,
                   const std::string &name, bool adding)
{
    std::string filter = "before";
    bool changed = true;
    const std::string expected_filter = filter_of(name);
    if (adding) {
        const bool expected = model.insert(name).second;
        REQUIRE(table.add(name, filter, changed) == expected);
        REQUIRE(changed == (expected && ++filters[expected_filter] == 1));
    } else {
        const bool expected = model.erase(name) > 0;
        REQUIRE(table.remove(name, filter, changed) == expected);
        REQUIRE(changed == (expected && --filters[expected_filter] == 0));
    }
    REQUIRE(filter == (changed ? expected_filter : ""));
}

void check_same(const subscription_table_t &table, const std::set<std::string> &model,
                const counts_t &filters, const names_t &topics)
{
    REQUIRE(table.list() == names_t(model.begin(), model.end()));
    REQUIRE(table.size() == model.size());
    names_t in_use;
    for (const auto &[filter, count] : filters)
        if (count > 0)
            in_use.push_back(filter);
    names_t got = table.filters();
    std::sort(got.begin(), got.end());
    REQUIRE(got == in_use);
    for (const std::string &topic : topics) {
        const bool expected = std::any_of(model.begin(), model.end(), [&](const std::string &name) {
            return spot::registry::matches(name, topic);
        });
        REQUIRE(table.matches(topic) == expected);
    }
}
}

TEST_CASE("random operations, against a naive model")
{
    const std::vector<std::string> letters = {"a", "b", "é"};
    const std::vector<std::string> pieces = {"a", "b", "é", "*", "?"};
    for (std::uint32_t seed = 0; seed < 100; ++seed) {
        spot::test::dice_t dice(seed);
        subscription_table_t table;
        std::set<std::string> model;
        counts_t filters;
        for (int i = 0; i < 150; ++i) {
            const std::string name = dice.pick(pieces) + dice.text(pieces, 2);
            one_operation(table, model, filters, name, dice.chance(55));
            names_t topics;
            for (int k = 0; k < 5; ++k)
                topics.push_back(dice.pick(letters) + dice.text(letters, 3));
            check_same(table, model, filters, topics);
            for (const std::string &known : model)
                REQUIRE(table.contains(known));
            REQUIRE(table.contains(name) == (model.count(name) > 0));
        }
    }
}

TEST_CASE("10,000 patterns and 100,000 names")
{
    subscription_table_t table;
    std::string filter;
    bool changed = false;
    for (int i = 0; i < 10'000; ++i)
        REQUIRE(table.add("room" + std::to_string(i) + ":*", filter, changed));
    for (int i = 0; i < 100'000; ++i)
        REQUIRE(table.add("sensor:" + std::to_string(i), filter, changed));
    CHECK(table.size() == 110'000);
    CHECK(table.filters().size() == 110'000);
    for (int i = 0; i < 10'000; ++i) {
        CHECK(table.matches("room" + std::to_string(i) + ":door"));
        CHECK_FALSE(table.matches("room" + std::to_string(i)));
        CHECK(table.matches("sensor:" + std::to_string(i)));
    }
}
