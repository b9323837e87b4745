// Protects: which connection a caller of the ROUTER is on, that the end of a connection is found, and that a
// descriptor that was given to another connection is not taken for the old one. No socket: the table of
// descriptors is a fake.
#include <map>
#include <string>
#include <vector>

#include "fake_client_out.hpp"
#include "spot/cluster/callers.hpp"
#include "support.hpp"

using namespace spot;
using namespace spot::test;

namespace
{
std::map<int, connection_t> descriptors; // what is at each descriptor now

connection_t look(int descriptor)
{
    const auto found = descriptors.find(descriptor);
    return found == descriptors.end() ? connection_t() : found->second;
}

// A routing id as the ROUTER draws it.
std::string drawn(char n)
{
    return std::string("\0\0\0\0", 4) + n;
}

struct desk_t
{
    desk_t()
    {
        descriptors.clear();
        callers.came_back = [this](const std::string &routing_id) { came_back.push_back(routing_id); };
    }
    // Another connection is at that descriptor.
    static void connect(int descriptor)
    {
        static std::uint64_t inode = 0;
        descriptors[descriptor] = {descriptor, ++inode};
    }
    static void end(int descriptor) { descriptors.erase(descriptor); }

    std::vector<std::string> came_back;
    callers_t callers{client_backlog_limits_t(), std::make_shared<wakeup_t>(), look};
};
}

TEST_CASE("a caller lives as long as its descriptor is the same connection")
{
    desk_t desk;
    desk.connect(5);
    CHECK(desk.callers.note(drawn('a'), 5));
    caller_t *const caller = desk.callers.find(drawn('a'));
    REQUIRE(caller != nullptr);
    CHECK_FALSE(callers_t::is_uncertain(*caller));
    CHECK_FALSE(desk.callers.has_ended(*caller));
    desk.connect(5); // another one
    CHECK(desk.callers.has_ended(*caller));
    desk.end(5);
    CHECK(desk.callers.has_ended(*caller));
    desk.callers.forget_connection(drawn('a'), *caller);
    CHECK_FALSE(desk.callers.has_ended(*caller)); // libzmq no longer tells
    CHECK(callers_t::is_uncertain(*caller));
}

TEST_CASE("a message whose connection has ended already makes no caller")
{
    desk_t desk;
    CHECK_FALSE(desk.callers.note(drawn('a'), 5));
    CHECK(desk.callers.size() == 0);
}

TEST_CASE("a message without a descriptor makes a caller only when there is something to keep")
{
    desk_t desk;
    CHECK(desk.callers.note(drawn('a'), -1));
    CHECK(desk.callers.size() == 0);
    caller_t *const caller = desk.callers.of(address_of(drawn('a')));
    REQUIRE(caller != nullptr);
    CHECK(callers_t::is_uncertain(*caller));
    CHECK(desk.callers.of(address_of(drawn('a'))) == caller);
}

TEST_CASE("of two drawn routing ids on one connection the later one has it, in whichever order they speak")
{
    for (const bool later_first : {false, true}) {
        desk_t desk;
        desk.connect(5);
        desk.callers.note(drawn(later_first ? 'b' : 'a'), 5);
        desk.callers.note(drawn(later_first ? 'a' : 'b'), 5);
        const caller_t &early = *desk.callers.find(drawn('a'));
        const caller_t &late = *desk.callers.find(drawn('b'));
        CHECK(early.doubtful);
        CHECK_FALSE(early.connection);
        CHECK_FALSE(callers_t::is_uncertain(late));
    }
}

TEST_CASE("where a program chose a routing id itself, both on one connection are doubtful")
{
    desk_t desk;
    desk.connect(5);
    desk.callers.note("chosen", 5);
    desk.callers.note(drawn('a'), 5);
    CHECK(desk.callers.find("chosen")->doubtful);
    CHECK(desk.callers.find(drawn('a'))->doubtful);
    CHECK(desk.came_back.empty());
}

TEST_CASE("a program that comes back under its routing id on another connection has left its subscriptions")
{
    desk_t desk;
    desk.connect(5);
    desk.callers.note("chosen", 5);
    desk.callers.note("chosen", 5);
    CHECK(desk.came_back.empty());
    desk.connect(6);
    desk.callers.note("chosen", 6);
    CHECK(desk.came_back == std::vector<std::string>{"chosen"});
    CHECK(desk.callers.find("chosen")->connection.fd == 6);
    desk.connect(7);
    desk.callers.note(drawn('a'), 6); // the ROUTER draws each of its own once, so that nothing is looked up
    CHECK(desk.came_back.size() == 1);
}

TEST_CASE("a descriptor that a caller has left to another one stays with that one")
{
    desk_t desk;
    desk.connect(5);
    desk.callers.note(drawn('a'), 5);
    desk.connect(5);
    desk.callers.note(drawn('b'), 5);
    CHECK_FALSE(desk.callers.find(drawn('a'))->doubtful); // its connection was another one, and has ended
    CHECK(desk.callers.has_ended(*desk.callers.find(drawn('a'))));
    desk.callers.drop(drawn('a'));
    desk.callers.note(drawn('c'), 5);
    CHECK(desk.callers.find(drawn('b'))->doubtful); // still known to have been seen there
}

TEST_CASE("there are so many places, and a client without one gets no backlog")
{
    desk_t desk;
    for (std::size_t i = 0; i < callers_t::places; ++i)
        REQUIRE(desk.callers.of(address_of(std::to_string(i))) != nullptr);
    CHECK(desk.callers.of(address_of("late")) == nullptr);
    desk.connect(5);
    CHECK(desk.callers.note("late", 5)); // it is served, and not kept
    CHECK(desk.callers.find("late") == nullptr);
    desk.callers.drop("0");
    CHECK(desk.callers.of(address_of("late")) != nullptr);
}
