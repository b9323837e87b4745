// Protects: which topics exist and who owns them, and that a peer's list replaces its earlier one exactly.
#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <set>

#include "spot/registry/topics.hpp"
#include "support.hpp"

using namespace spot::registry;
using names_t = std::vector<std::string>;
using keys_t = std::vector<peer_key_t>;

TEST_CASE("a topic is LOCAL once")
{
    topic_table_t table;
    CHECK(table.add_local("a"));
    CHECK_FALSE(table.add_local("a"));
    CHECK(table.is_local("a"));
    CHECK(table.exists("a"));
    CHECK(table.owners("a").empty());
    CHECK(table.remove_local("a"));
    CHECK_FALSE(table.remove_local("a"));
    CHECK_FALSE(table.exists("a"));
    CHECK_FALSE(table.remove_local("never there"));
}

TEST_CASE("LOCAL and REMOTE do not disturb each other")
{
    topic_table_t table;
    table.add_local("a");
    CHECK(table.announce(1, "a"));
    CHECK(table.owners("a") == keys_t{1});
    CHECK(table.remove_local("a"));
    CHECK(table.exists("a"));
    CHECK_FALSE(table.is_local("a"));
    table.add_local("a");
    CHECK(table.withdraw(1, "a"));
    CHECK(table.is_local("a"));
    CHECK(table.local_topics() == names_t{"a"});
}

TEST_CASE("a topic ends with its last owner")
{
    topic_table_t table;
    table.announce(2, "a");
    table.announce(1, "a");
    CHECK_FALSE(table.announce(1, "a"));
    CHECK(table.owners("a") == keys_t{1, 2});
    CHECK(table.withdraw(2, "a"));
    CHECK_FALSE(table.withdraw(2, "a"));
    CHECK(table.owners("a") == keys_t{1});
    table.remove_owner(1);
    CHECK_FALSE(table.exists("a"));
    table.remove_owner(1);
}

TEST_CASE("replace makes the list the whole of what was announced")
{
    topic_table_t table;
    CHECK_FALSE(table.replace(1, {}));
    CHECK(table.replace(1, {"a", "b", "b"}));
    CHECK_FALSE(table.replace(1, {"b", "a"}));
    CHECK(table.replace(1, {"b", "c"}));
    CHECK(table.topics_of(1) == names_t{"b", "c"});
    CHECK(table.count_of(1) == 2);
    CHECK_FALSE(table.exists("a"));
    table.announce(1, "d");
    CHECK(table.replace(1, {"b", "c"}));
    CHECK_FALSE(table.exists("d"));
    CHECK(table.replace(1, {}));
    CHECK(table.count_of(1) == 0);
}

TEST_CASE("a route survives replace and withdraw, and ends with its owner")
{
    topic_table_t table;
    CHECK(table.route(1, "a"));
    CHECK_FALSE(table.route(1, "a"));
    CHECK(table.announce(1, "a"));
    CHECK(table.count_of(1) == 1);
    CHECK(table.withdraw(1, "a"));
    CHECK_FALSE(table.withdraw(1, "a"));
    CHECK(table.owners("a") == keys_t{1});
    CHECK(table.replace(1, {"a"}));
    CHECK(table.replace(1, {}));
    CHECK_FALSE(table.replace(1, {}));
    CHECK(table.topics_of(1) == names_t{"a"});
    table.remove_owner(1);
    CHECK_FALSE(table.exists("a"));
}

TEST_CASE("list is sorted and tells owners")
{
    topic_table_t table;
    table.add_local("b");
    table.announce(3, "a");
    table.route(2, "a");
    table.announce(2, "b");
    const std::vector<topic_entry_t> all = table.list();
    REQUIRE(all.size() == 2);
    CHECK(all[0].topic == "a");
    CHECK_FALSE(all[0].local);
    CHECK(all[0].owners == keys_t{2, 3});
    CHECK(all[1].topic == "b");
    CHECK(all[1].local);
    CHECK(all[1].owners == keys_t{2});
}

namespace
{
// The same table, written without a thought for speed.
struct model_t
{
    std::set<std::string> locals;
    std::map<peer_key_t, std::set<std::string>> announced;
    std::map<peer_key_t, std::set<std::string>> routed;

    std::set<std::string> of(peer_key_t owner)
    {
        std::set<std::string> all = announced[owner];
        all.insert(routed[owner].begin(), routed[owner].end());
        return all;
    }
};

constexpr peer_key_t owner_count = 4;

void check_same(const topic_table_t &table, model_t &model, const names_t &universe)
{
    REQUIRE(table.local_topics() == names_t(model.locals.begin(), model.locals.end()));
    REQUIRE(table.local_count() == model.locals.size());
    std::map<std::string, keys_t> owners;
    for (peer_key_t owner = 0; owner < owner_count; ++owner) {
        const std::set<std::string> expected = model.of(owner);
        REQUIRE(table.topics_of(owner) == names_t(expected.begin(), expected.end()));
        REQUIRE(table.count_of(owner) == expected.size());
        for (const std::string &topic : expected)
            owners[topic].push_back(owner);
    }
    std::size_t existing = 0;
    for (const std::string &topic : universe) {
        REQUIRE(table.is_local(topic) == (model.locals.count(topic) > 0));
        REQUIRE(table.owners(topic) == owners[topic]);
        const bool exists = model.locals.count(topic) > 0 || !owners[topic].empty();
        REQUIRE(table.exists(topic) == exists);
        existing += exists;
    }
    const std::vector<topic_entry_t> all = table.list();
    REQUIRE(all.size() == existing);
    REQUIRE(table.remote_count() == existing - model.locals.size());
    for (std::size_t i = 0; i < all.size(); ++i) {
        REQUIRE((i == 0 || all[i - 1].topic < all[i].topic));
        REQUIRE(all[i].local == (model.locals.count(all[i].topic) > 0));
        REQUIRE(all[i].owners == owners[all[i].topic]);
    }
}

void one_operation(topic_table_t &table, model_t &model, const names_t &universe, spot::test::dice_t &dice)
{
    const std::string topic = dice.pick(universe);
    const auto owner = static_cast<peer_key_t>(dice.roll(owner_count));
    switch (dice.roll(8)) {
    case 0:
        REQUIRE(table.add_local(topic) == model.locals.insert(topic).second);
        break;
    case 1:
        REQUIRE(table.remove_local(topic) == (model.locals.erase(topic) > 0));
        break;
    case 2:
    case 3: {
        names_t list;
        for (std::size_t left = dice.roll(8); left > 0; --left)
            list.push_back(dice.pick(universe));
        if (dice.chance(30)) // the topics that it has already, in another order
            list.assign(model.announced[owner].rbegin(), model.announced[owner].rend());
        const std::set<std::string> wanted(list.begin(), list.end());
        REQUIRE(table.replace(owner, list) == (model.announced[owner] != wanted));
        model.announced[owner] = wanted;
        break;
    }
    case 4:
        REQUIRE(table.announce(owner, topic) == model.announced[owner].insert(topic).second);
        break;
    case 5:
        REQUIRE(table.withdraw(owner, topic) == (model.announced[owner].erase(topic) > 0));
        break;
    case 6:
        REQUIRE(table.route(owner, topic) == model.routed[owner].insert(topic).second);
        break;
    default:
        if (dice.chance(20)) {
            table.remove_owner(owner);
            model.announced.erase(owner);
            model.routed.erase(owner);
        }
    }
}
}

TEST_CASE("random operations, against a naive model")
{
    const names_t universe = {"a", "b", "c", "d", "e", "f", "größe", "a:long:name:that:is:allocated"};
    for (std::uint32_t seed = 0; seed < 50; ++seed) {
        spot::test::dice_t dice(seed);
        topic_table_t table;
        model_t model;
        for (int i = 0; i < 400; ++i) {
            one_operation(table, model, universe, dice);
            check_same(table, model, universe);
        }
    }
}

TEST_CASE("a million topics from one peer, and 100,000 LOCAL ones")
{
    names_t names;
    for (int i = 0; i < 1'000'000; ++i)
        names.push_back("sensor:" + std::to_string(i));
    topic_table_t table;
    for (int i = 0; i < 100'000; ++i)
        table.add_local(names[static_cast<std::size_t>(i)]);
    CHECK(table.replace(1, names));
    CHECK_FALSE(table.replace(1, names));
    CHECK(table.count_of(1) == names.size());
    CHECK(table.owners("sensor:999999") == keys_t{1});
    table.remove_owner(1);
    CHECK(table.local_count() == 100'000);
    CHECK(table.list().size() == 100'000);
}

TEST_CASE("what a call changed of who owns what is told exactly, and in order")
{
    topic_table_t table;
    ownership_t changes;
    const auto told = [&] {
        std::string text;
        for (const auto &change : changes)
            text += (change.added ? '+' : '-') + change.topic + ' ';
        changes.clear();
        return text;
    };
    table.add_local("a"); // LOCAL: no part in this
    table.replace(1, {"a", "b", "b"}, &changes);
    CHECK(told() == "+a +b ");
    table.replace(1, {"a", "b"}, &changes);
    CHECK(told().empty());
    table.route(1, "b", &changes); // owned already
    table.route(1, "c", &changes);
    CHECK(told() == "+c ");
    table.replace(1, {"d"}, &changes);
    CHECK(told() == "+d -a ");
    table.announce(1, "c", &changes);
    table.withdraw(1, "c", &changes); // still routed
    table.announce(1, "e", &changes);
    table.announce(1, "e", &changes);
    table.withdraw(1, "e", &changes);
    table.withdraw(1, "e", &changes);
    CHECK(told() == "+e -e ");
    table.announce(2, "d", &changes);
    changes.clear();
    table.remove_owner(1, &changes);
    CHECK(changes.size() == 3); // b, c and d
    told();
    table.remove_owner(1, &changes);
    CHECK(told().empty());
    CHECK(table.owners("d") == keys_t{2});
}
