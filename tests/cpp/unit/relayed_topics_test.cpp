// Protects: which plain subscribers have which topic, and how many messages they have missed.
#include <doctest/doctest.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "spot/registry/relayed_topics.hpp"
#include "support.hpp"

using namespace spot::test;
using spot::registry::relayed_topics_t;

TEST_CASE("a topic is there exactly as long as it has a subscriber")
{
    dice_t dice(11);
    relayed_topics_t topics;
    std::map<std::string, std::set<std::string>> model;
    const std::vector<std::string> names = {"a", "b", "c"}, addresses = {"1", "2", "3", "4"};
    for (int step = 0; step < 3000; ++step) {
        const std::string topic = dice.pick(names), address = dice.pick(addresses);
        if (dice.chance(50)) {
            topics.add(topic, address);
            model[topic].insert(address);
        } else {
            topics.remove(topic, address);
            model[topic].erase(address);
        }
        for (const std::string &name : names) {
            REQUIRE(topics.has(name) == !model[name].empty());
            REQUIRE((topics.subscribers(name) != nullptr) == !model[name].empty());
            if (const auto *const there = topics.subscribers(name))
                REQUIRE(std::set<std::string>(there->begin(), there->end()) == model[name]);
            for (const std::string &one : addresses)
                REQUIRE(topics.has(name, one) == (model[name].count(one) != 0));
        }
    }
}

TEST_CASE("a gap in the numbers counts for each subscriber; the first number and a lower one are no gap")
{
    relayed_topics_t topics;
    topics.add("t", "1");
    topics.add("t", "2");
    CHECK(topics.missed("t", 100, 1) == 0); // the first
    CHECK(topics.missed("t", 101, 10) == 0);
    CHECK(topics.missed("t", 111, 1) == 0); // a batch has ten
    CHECK(topics.missed("t", 115, 1) == 6); // three for each
    CHECK(topics.missed("t", 1, 1) == 0);   // made anew
    CHECK(topics.missed("t", 3, 1) == 2);
    CHECK(topics.missed("no such topic", 9, 1) == 0);
}

TEST_CASE("a topic without subscribers forgets its numbers")
{
    relayed_topics_t topics;
    topics.add("t", "1");
    topics.missed("t", 5, 1);
    topics.remove("t", "1");
    topics.add("t", "1");
    CHECK(topics.missed("t", 50, 1) == 0);
}
