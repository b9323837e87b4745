// Protects: the number of receivers that subscribe to a topic, over all nodes and in any order of their
// reports; and that the memory for reports is bounded.
#include <doctest/doctest.h>

#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "spot/registry/pattern.hpp"
#include "spot/registry/subscribers.hpp"
#include "spot/wire/names.hpp"
#include "support.hpp"

using spot::registry::subscriber_list_t;
using spot::registry::subscriber_table_t;
using spot::test::counting_id;
using spot::test::dice_t;
using names_t = std::vector<std::string>;

namespace
{
subscriber_table_t::list_ref list(names_t names)
{
    return std::make_shared<const subscriber_list_t>(std::move(names));
}

bool report(subscriber_table_t &table, std::uint8_t node, std::uint32_t receiver, const names_t &names)
{
    subscriber_table_t::change_t change;
    return table.replace(counting_id(node), receiver, list(names), change);
}

// The topics among `topics` whose number of subscribers a change altered.
std::set<std::string> altered(const subscriber_table_t::change_t &change,
                              const std::set<std::string_view> &topics)
{
    std::set<std::string> names;
    change.each(topics, [&](std::string_view topic) { names.emplace(topic); });
    return names;
}
}

TEST_CASE("a list matches by name and by pattern, and holds each once")
{
    const subscriber_list_t mixed({"b", "a", "x:*", "a", "x:*", "y?"});
    CHECK(mixed.names() == names_t{"a", "b"});
    CHECK(mixed.patterns() == names_t{"x:*", "y?"});
    CHECK(mixed.has("a"));
    CHECK_FALSE(mixed.has("x:1"));
    CHECK(mixed.matches("a"));
    CHECK(mixed.matches("x:1"));
    CHECK(mixed.matches("yy"));
    CHECK_FALSE(mixed.matches("c"));
    CHECK_FALSE(mixed.empty());
    CHECK(mixed.bytes() > 0);
    CHECK(subscriber_list_t({}).empty());
}

TEST_CASE("each receiver counts once, by whatever it subscribed with")
{
    subscriber_table_t table;
    CHECK(table.count("a") == 0);
    REQUIRE(report(table, 1, 0, {"a"}));
    REQUIRE(report(table, 1, 1, {"a", "*", "a?"}));
    REQUIRE(report(table, 2, 0, {"a*"}));
    CHECK(table.count("a") == 3);
    CHECK(table.count("ab") == 2);
    CHECK(table.count("z") == 1);
    CHECK(table.receivers() == 3);
    REQUIRE(report(table, 1, 1, {"b"})); // the whole list, not an addition
    CHECK(table.count("a") == 2);
    CHECK(table.count("b") == 1);
    REQUIRE(report(table, 1, 0, {}));
    CHECK(table.count("a") == 1);
    CHECK(table.receivers() == 2);
}

TEST_CASE("a node that is forgotten takes all its receivers along")
{
    subscriber_table_t table;
    REQUIRE(report(table, 1, 0, {"a"}));
    REQUIRE(report(table, 1, 7, {"a", "b*"}));
    REQUIRE(report(table, 2, 0, {"a"}));
    const auto changes = table.forget(counting_id(1));
    CHECK(changes.size() == 2);
    CHECK(table.count("a") == 1);
    CHECK(table.count("bb") == 0);
    CHECK(table.forget(counting_id(1)).empty());
    CHECK(table.forget(counting_id(2)).size() == 1);
    CHECK(table.receivers() == 0);
    CHECK(table.bytes() == 0);
}

TEST_CASE("a suspended node does not count, and counts again with what it has reported meanwhile")
{
    const std::set<std::string_view> topics{"a", "b"};
    const auto altered_by = [&](const std::vector<subscriber_table_t::change_t> &changes) {
        std::set<std::string> names;
        for (const auto &change : changes)
            names.merge(altered(change, topics));
        return names;
    };
    subscriber_table_t table;
    REQUIRE(report(table, 1, 0, {"a"}));
    REQUIRE(report(table, 2, 0, {"*"}));
    CHECK(altered_by(table.suspend(counting_id(1))) == std::set<std::string>{"a"});
    CHECK(table.count("a") == 1);
    CHECK(altered_by(table.suspend(counting_id(1))).empty()); // known by two names
    subscriber_table_t::change_t change;
    REQUIRE(table.replace(counting_id(1), 0, list({"b"}), change));
    CHECK(altered(change, topics).empty());
    CHECK(altered_by(table.resume(counting_id(1))).empty());
    CHECK(table.count("b") == 1);
    CHECK(altered_by(table.resume(counting_id(1))) == std::set<std::string>{"b"});
    CHECK(table.count("b") == 2);
    CHECK(table.resume(counting_id(1)).empty());

    table.suspend(counting_id(2));
    CHECK(table.forget(counting_id(2)).empty());
    table.resume(counting_id(2));
    CHECK(table.count("a") == 0);
    CHECK(table.receivers() == 1);
    table.suspend(counting_id(3)); // before it has reported anything
    REQUIRE(report(table, 3, 0, {"a"}));
    CHECK(table.count("a") == 0);
    CHECK(table.resume(counting_id(3)).size() == 1);
    CHECK(table.count("a") == 1);
}

TEST_CASE("a change concerns exactly the topics that gained or lost a subscriber")
{
    const std::set<std::string_view> topics{"a", "b", "c", "xa", "xb"};
    subscriber_table_t table;
    subscriber_table_t::change_t change;
    REQUIRE(table.replace(counting_id(1), 0, list({"a", "z"}), change));
    CHECK(altered(change, topics) == std::set<std::string>{"a"});
    REQUIRE(table.replace(counting_id(1), 0, list({"b", "z"}), change));
    CHECK(altered(change, topics) == std::set<std::string>{"a", "b"});
    REQUIRE(table.replace(counting_id(1), 0, list({"b", "x*"}), change));
    CHECK(altered(change, topics) == std::set<std::string>{"xa", "xb"});
    REQUIRE(table.replace(counting_id(1), 0, list({"b", "x*", "xa"}), change)); // it had that already
    CHECK(altered(change, topics).empty());
    REQUIRE(table.replace(counting_id(1), 0, list({"*"}), change));
    CHECK(altered(change, topics) == std::set<std::string>{"a", "c"});
    REQUIRE(table.replace(counting_id(1), 0, nullptr, change));
    CHECK(altered(change, topics).size() == topics.size());
    REQUIRE(table.replace(counting_id(1), 0, nullptr, change));
    CHECK(altered(change, topics).empty());
}

TEST_CASE("beyond a limit a list is refused, and what was there stays")
{
    subscriber_table_t::limits_t limits;
    limits.receivers_per_node = 2;
    limits.bytes_per_node = 2000;
    limits.bytes = 2900;
    subscriber_table_t table(limits);
    REQUIRE(report(table, 1, 0, {"a"}));
    REQUIRE(report(table, 1, 1, {"a"}));
    CHECK_FALSE(report(table, 1, 2, {"a"}));
    CHECK(table.count("a") == 2);

    names_t many;
    for (int i = 0; i < 8; ++i)
        many.push_back("name " + std::to_string(i));
    REQUIRE(report(table, 1, 1, many)); // in place of the shorter one
    CHECK_FALSE(report(table, 1, 0, many));
    CHECK(table.count("a") == 1);
    REQUIRE(report(table, 1, 1, {"a"}));
    REQUIRE(report(table, 1, 0, many)); // there is room again
    REQUIRE(report(table, 2, 0, {"b"}));
    CHECK_FALSE(report(table, 3, 0, many)); // over all nodes
    CHECK(table.count("b") == 1);
    table.forget(counting_id(1));
    CHECK(report(table, 3, 0, many));
    CHECK(table.bytes() <= limits.bytes);
}

TEST_CASE("against a model, at random")
{
    dice_t dice(7);
    const names_t subscriptions{"a", "b", "ab", "a*", "?", "*", "*b", "ba"};
    const std::set<std::string_view> topics{"a", "b", "ab", "ba", "bb", "c"};
    std::map<std::pair<std::size_t, std::size_t>, names_t> model;
    const auto counted = [&](std::string_view topic) {
        std::size_t count = 0;
        for (const auto &[key, names] : model) {
            bool matches = false;
            for (const std::string &name : names)
                matches = matches || spot::registry::matches(name, topic);
            count += matches ? 1 : 0;
        }
        return count;
    };
    subscriber_table_t table;
    for (int step = 0; step < 3000; ++step) {
        const std::size_t node = dice.roll(3), receiver = dice.roll(3);
        std::map<std::string_view, std::size_t> before;
        for (const std::string_view topic : topics)
            before[topic] = counted(topic);
        std::set<std::string> told;
        if (dice.chance(5)) { // a pause between two of its steps changes nothing
            const auto id = counting_id(static_cast<std::uint8_t>(dice.roll(3) + 1));
            table.suspend(id);
            table.resume(id);
        }
        if (dice.chance(5)) {
            for (std::size_t i = 0; i < 3; ++i)
                model.erase({node, i});
            for (const auto &change : table.forget(counting_id(static_cast<std::uint8_t>(node + 1))))
                told.merge(altered(change, topics));
        } else {
            names_t names;
            for (std::size_t left = dice.roll(4); left > 0; --left)
                names.push_back(dice.pick(subscriptions));
            subscriber_table_t::change_t change;
            REQUIRE(table.replace(counting_id(static_cast<std::uint8_t>(node + 1)),
                                  static_cast<std::uint32_t>(receiver), list(names), change));
            model[{node, receiver}] = names;
            told = altered(change, topics);
        }
        for (const std::string_view topic : topics) {
            REQUIRE(table.count(topic) == counted(topic));
            if (before[topic] != counted(topic))
                REQUIRE(told.count(std::string(topic)) == 1);
        }
    }
}

TEST_CASE("what patterns may cost is limited for a node and in all, whatever its receivers are")
{
    subscriber_table_t::limits_t limits;
    limits.pattern_cost_per_node = 10;
    limits.pattern_cost = 15;
    subscriber_table_t table(limits);
    subscriber_table_t::change_t change;
    const auto replace = [&](std::uint8_t node, std::uint32_t receiver,
                             const std::vector<std::string> &names) {
        return table.replace(counting_id(node), receiver, list(names), change);
    };
    CHECK(replace(1, 0, {"a*?????", "plain"}));       // 6
    CHECK_FALSE(replace(1, 1, {"a*????"}));           // 5 more
    CHECK(replace(1, 1, {"????????*", "b*", "c?*"})); // 3: '?' before the first '*' has one place to be
    CHECK(replace(2, 0, {"*???"}));                   // 13 in all
    CHECK_FALSE(replace(3, 0, {"*??"}));
    CHECK(replace(1, 0, {"plain"}));
    CHECK(replace(3, 0, {"*??"}));
    CHECK(table.count("axx") == 2);
    table.forget(counting_id(1));
    CHECK(replace(3, 1, {"*??????"}));
}
