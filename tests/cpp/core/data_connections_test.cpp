// Protects which data connections receivers are told to make and to end: one to an endpoint, however many
// peers and nodes say that it is theirs; and that what is on its way from a node that went is still received.
#include "spot/cluster/data_connections.hpp"

#include <doctest/doctest.h>

#include "recorded_receivers.hpp"

using namespace spot;
using namespace spot::test;
using lines_of_calls_t = std::vector<std::string>;

namespace
{
constexpr millis_t drain_ms = 2000;
const std::string place = "tcp://127.0.0.1:7001", other_place = "tcp://127.0.0.1:7002";
const wire::node_id_t node_one = node_numbered(0x11), node_two = node_numbered(0x22);
}

TEST_CASE("a node that two peers lead to is connected once, at the place of the first, until both have gone")
{
    recorded_receivers_t receivers;
    data_connections_t data(receivers, drain_ms);
    CHECK(data.use(node_one, place) == place);
    CHECK(receivers.take() == lines_of_calls_t{"add 11", "connect 0 " + place});
    CHECK(data.use(node_one, other_place) == place);
    CHECK_FALSE(data.has_one_user(node_one));
    data.release(node_one, parting_t::final);
    CHECK(receivers.take().empty());
    CHECK(data.has_one_user(node_one));
    data.release(node_one, parting_t::final);
    CHECK(receivers.take() == lines_of_calls_t{"disconnect " + place, "remove 11", "purge 11"});
    CHECK(data.nodes() == 0);
}

TEST_CASE("an endpoint that two nodes claim is connected once, and stays while one of them is there")
{
    recorded_receivers_t receivers;
    data_connections_t data(receivers, drain_ms);
    data.use(node_one, place);
    receivers.take();
    data.use(node_two, place);
    CHECK(receivers.take() == lines_of_calls_t{"add 22"});
    data.release(node_one, parting_t::drain); // nothing to drain: the connection stays
    CHECK(receivers.take() == lines_of_calls_t{"remove 11", "purge 11"});
    data.release(node_two, parting_t::final);
    CHECK(receivers.take() == lines_of_calls_t{"disconnect " + place, "remove 22", "purge 22"});
}

TEST_CASE("a connection that drains is closed when it ends, or when its time is over")
{
    recorded_receivers_t receivers;
    receivers.all = {0, 1};
    data_connections_t data(receivers, drain_ms);
    data.use(node_one, place);
    receivers.take();
    data.release(node_one, parting_t::absent);
    CHECK(receivers.take().empty());
    CHECK_FALSE(data.ended(0, place)); // this concerns no peer
    CHECK(receivers.take() == lines_of_calls_t{"retire 0 " + place, "pause 0 11"});
    data.end_retiring(drain_ms - 1);
    CHECK(receivers.take().empty());
    data.end_retiring(1);
    CHECK(receivers.take() == lines_of_calls_t{"retire 1 " + place, "pause 1 11"});
}

TEST_CASE("a node that is back before its connection has drained is connected anew")
{
    recorded_receivers_t receivers;
    data_connections_t data(receivers, drain_ms);
    data.use(node_one, place);
    data.release(node_one, parting_t::drain);
    receivers.take();
    data.use(node_two, place); // the same program, restarted
    CHECK(receivers.take() ==
          lines_of_calls_t{"retire 0 " + place, "remove 0 11", "add 22", "connect 0 " + place});
    data.end_retiring(10 * drain_ms);
    CHECK(receivers.take().empty());
}

TEST_CASE("a node that moves is connected at its new place, and is received from the old one to its end")
{
    recorded_receivers_t receivers;
    data_connections_t data(receivers, drain_ms);
    data.use(node_one, place);
    data.made(0, place);
    receivers.take();
    data.move(node_one, other_place);
    CHECK(receivers.take() == lines_of_calls_t{"retire 0 " + place, "connect 0 " + other_place});
    CHECK_FALSE(data.stands(0, place));
}

TEST_CASE("a connection stands from the time that it is made until it ends; one within a process always does")
{
    recorded_receivers_t receivers;
    data_connections_t data(receivers, drain_ms);
    data.use(node_one, place);
    CHECK_FALSE(data.stands(0, place));
    data.made(0, place);
    CHECK(data.stands(0, place));
    CHECK_FALSE(data.stands(1, place));
    CHECK(data.ended(0, place));
    CHECK_FALSE(data.stands(0, place));
    CHECK(data.stands(0, "inproc://here"));
    data.made(0, place);
    data.forget_receiver(0);
    CHECK_FALSE(data.stands(0, place));
}

TEST_CASE("a connection that ended, and that libzmq does not make again, is made anew; others are left alone")
{
    recorded_receivers_t receivers;
    data_connections_t data(receivers, drain_ms);
    data.use(node_one, place);
    data.use(node_two, other_place);
    for (const std::string &endpoint : {place, other_place}) {
        data.made(0, endpoint);
        data.ended(0, endpoint);
    }
    receivers.take();
    data.tries_again(0, other_place);
    CHECK(data.mend_given_up(100).empty());
    const auto mended = data.mend_given_up(100);
    REQUIRE(mended.size() == 1);
    CHECK(mended[0].endpoint == place);
    CHECK(receivers.take() == lines_of_calls_t{"retire 0 " + place, "connect 0 " + place});
    CHECK(data.mend_given_up(1000).empty());
}

TEST_CASE("a new receiver gets every connection and every source in use")
{
    recorded_receivers_t receivers;
    data_connections_t data(receivers, drain_ms);
    data.use(node_one, place);
    data.use(node_two, {}); // it has no data port
    receivers.all.push_back(5);
    receivers.take();
    CHECK(data.connect_receiver(5) == 0);
    std::vector<std::string> calls = receivers.take();
    std::sort(calls.begin(), calls.end());
    CHECK(calls == lines_of_calls_t{"add 5 11", "add 5 22", "connect 5 " + place});
}
