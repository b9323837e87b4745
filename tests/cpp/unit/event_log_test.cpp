// Protects: a watcher that does not read misses no event that still holds and gets none twice, and its unread
// events are bounded by the state that they describe.
#include <doctest/doctest.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "spot/registry/event_log.hpp"
#include "support.hpp"

using spot::event_kind_t;
using spot::event_t;
using spot::registry::event_log_t;
using spot::test::dice_t;
using lines_t = std::vector<std::string>;

namespace
{
event_t topic(bool added, const std::string &name, const std::string &peer = "")
{
    event_t event;
    event.kind = added ? event_kind_t::topic_added : event_kind_t::topic_removed;
    event.topic = name;
    event.peer = peer;
    return event;
}

event_t peer(bool up, const std::string &endpoint, const std::string &node_id = "")
{
    event_t event;
    event.kind = up ? event_kind_t::peer_up : event_kind_t::peer_down;
    event.peer = endpoint;
    event.node_id = node_id;
    return event;
}

event_t subscribers(const std::string &name, std::uint64_t count)
{
    event_t event;
    event.kind = event_kind_t::subscribers_changed;
    event.topic = name;
    event.count = count;
    return event;
}

event_t lost(const std::string &name, const std::string &owner, std::uint64_t count)
{
    event_t event;
    event.kind = event_kind_t::lost;
    event.topic = name;
    event.node_id = owner;
    event.count = count;
    return event;
}

std::string line(const event_t &event)
{
    switch (event.kind) {
    case event_kind_t::topic_added:
        return "+" + event.topic + "@" + event.peer;
    case event_kind_t::topic_removed:
        return "-" + event.topic + "@" + event.peer;
    case event_kind_t::peer_up:
        return "up " + event.peer + event.node_id;
    case event_kind_t::peer_down:
        return "down " + event.peer + event.node_id;
    case event_kind_t::lost:
        return "lost " + event.topic + "@" + event.node_id + "=" + std::to_string(event.count);
    case event_kind_t::subscribers_changed:
        break;
    }
    return event.topic + "=" + std::to_string(event.count);
}

lines_t all(event_log_t &log)
{
    lines_t lines;
    while (!log.empty())
        lines.push_back(line(log.take()));
    return lines;
}
}

TEST_CASE("what cannot be merged is told in order")
{
    event_log_t log;
    CHECK(log.empty());
    log.add(topic(true, "a"));
    log.add(peer(true, "P"));
    log.add(topic(true, "a", "P"));
    log.add(topic(true, "b"));
    log.add(subscribers("a", 2));
    CHECK(log.size() == 5);
    CHECK(all(log) == lines_t{"+a@", "up P", "+a@P", "+b@", "a=2"});
    CHECK(log.size() == 0);
}

TEST_CASE("what began and ended before it was read vanishes; what ended was read, so its end is told")
{
    event_log_t log;
    log.add(topic(true, "a"));
    log.add(topic(false, "a"));
    CHECK(log.empty());
    log.add(topic(true, "a"));
    CHECK(all(log) == lines_t{"+a@"});
    log.add(topic(false, "a"));
    log.add(topic(true, "a"));
    CHECK(log.size() == 2);
    log.add(topic(false, "a")); // as if it had not come back
    CHECK(all(log) == lines_t{"-a@"});
}

TEST_CASE("the end of one owner says nothing about another")
{
    event_log_t log;
    log.add(topic(true, "a", "P"));
    log.add(topic(true, "a", "Q"));
    log.add(topic(true, "a"));
    log.add(topic(false, "a", "P"));
    CHECK(all(log) == lines_t{"+a@Q", "+a@"});
}

TEST_CASE("a peer that went and returned as another is told as both")
{
    event_log_t log;
    for (int i = 0; i < 100; ++i) {
        log.add(peer(false, "P", "1"));
        log.add(peer(true, "P", "2"));
    }
    CHECK(all(log) == lines_t{"down P1", "up P2"});
}

TEST_CASE("of a count only the latest is told, and nothing of a topic that is gone")
{
    event_log_t log;
    for (std::uint64_t count = 1; count <= 1000; ++count)
        log.add(subscribers("a", count));
    log.add(subscribers("b", 7));
    CHECK(log.size() == 2);
    CHECK(all(log) == lines_t{"a=1000", "b=7"});
    log.add(subscribers("a", 0));
    log.add(topic(false, "a"));
    log.add(topic(true, "a"));
    CHECK(all(log) == lines_t{"-a@", "+a@"});
    // Another node's topic of that name has no part in it.
    log.add(subscribers("a", 3));
    log.add(topic(false, "a", "P"));
    CHECK(all(log) == lines_t{"a=3", "-a@P"});
}

TEST_CASE("clear forgets all of it")
{
    event_log_t log;
    log.add(topic(true, "a"));
    log.add(subscribers("a", 1));
    log.clear();
    CHECK(log.empty());
    log.add(topic(true, "a"));
    CHECK(log.size() == 1);
}

TEST_CASE("whoever reads, however seldom, arrives at the true state; the log stays small")
{
    dice_t dice(20261123);
    const std::vector<std::string> names{"a", "b", "c", "d"}, peers{"", "P", "Q"};
    std::set<std::string> state, seen;
    std::map<std::string, std::uint64_t> counts, seen_counts;
    event_log_t log;
    for (int step = 0; step < 20000; ++step) {
        const std::string name = dice.pick(names), at = dice.pick(peers);
        const std::string key = name + "@" + at;
        if (dice.chance(20) && state.count(name + "@") != 0) {
            counts[name] = dice.roll(5);
            log.add(subscribers(name, counts[name]));
        } else if (state.erase(key) != 0) {
            log.add(topic(false, name, at));
            if (at.empty())
                counts.erase(name);
        } else {
            state.insert(key);
            log.add(topic(true, name, at));
        }
        REQUIRE(log.size() <= 2 * names.size() * peers.size() + names.size());
        for (std::size_t reads = dice.chance(5) ? dice.roll(30) : 0; reads > 0 && !log.empty(); --reads) {
            const event_t event = log.take();
            if (event.kind == event_kind_t::subscribers_changed) {
                REQUIRE(seen.count(event.topic + "@") != 0);
                seen_counts[event.topic] = event.count;
            } else if (event.kind == event_kind_t::topic_added) {
                REQUIRE(seen.insert(event.topic + "@" + event.peer).second);
            } else {
                REQUIRE(seen.erase(event.topic + "@" + event.peer) == 1);
                if (event.peer.empty())
                    seen_counts.erase(event.topic);
            }
        }
        if (log.empty()) {
            REQUIRE(seen == state);
            REQUIRE(seen_counts == counts);
        }
    }
}

TEST_CASE("losses are summed up by topic and owner, whatever becomes of the topic")
{
    event_log_t log;
    log.add(lost("a", "P", 1));
    log.add(lost("b", "P", 2));
    log.add(lost("a", "Q", 4));
    log.add(lost("a", "P", 8));
    log.add(topic(true, "a"));
    log.add(topic(false, "a"));
    CHECK(all(log) == lines_t{"lost a@P=9", "lost b@P=2", "lost a@Q=4"});
    log.add(lost("a", "P", 1)); // an event that was read is not told again
    CHECK(all(log) == lines_t{"lost a@P=1"});
}

TEST_CASE("losses of too many topics are summed up without one, and none is forgotten")
{
    event_log_t log;
    const std::size_t more = event_log_t::max_losses + 100;
    for (int round = 0; round < 2; ++round)
        for (std::size_t i = 0; i < more; ++i)
            log.add(lost(std::to_string(i), "P", 1));
    CHECK(log.size() == event_log_t::max_losses + 1);
    std::uint64_t sum = 0, nameless = 0;
    while (!log.empty()) {
        const event_t event = log.take();
        sum += event.count;
        nameless += event.topic.empty() ? event.count : 0;
    }
    CHECK(sum == 2 * more);
    CHECK(nameless == 200);
    log.add(lost("again", "P", 1));
    CHECK(all(log) == lines_t{"lost again@P=1"});
}
