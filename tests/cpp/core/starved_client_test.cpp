// Protects: a client to which a change of the topics could not be told gets nothing until there is room for
// the whole list. The test drives the server by hand, so that nothing else is sent or read in between.
#include <limits>

#include "driven_server.hpp"
#include "raw.hpp"

using namespace spot;
using namespace spot::test;
using wire::command_t;

TEST_CASE("a client without room for an answer gets the whole list, and no change before it")
{
    driven_server_t driven;
    for (int i = 0; i < 10; ++i)
        driven.add(std::string(200, 'x') + std::to_string(i));
    raw_ctx_t ctx;
    raw_socket_t dealer(ctx, ZMQ_DEALER);
    dealer.set(ZMQ_RCVHWM, 1);
    dealer.set(ZMQ_SNDHWM, 0);
    dealer.set(ZMQ_RCVBUF, 4096);
    dealer.connect(driven.bound);
    wire::hello_t hello;
    hello.node_id = wire::node_id_t::random();
    dealer.send(wire::encode_hello(hello));
    // More answers than the connection takes: 8 MiB wait, the system's buffers hold some thousands.
    const std::size_t asked = 20000;
    for (std::size_t i = 0; i < asked; ++i)
        dealer.send(wire::encode_query());
    dealer.send({std::string(1, '\0')}); // malformed: counted when all before it was handled
    REQUIRE(driven.process_until([&] { return driven.counters.malformed.get() == 1; }));

    driven.add("late");
    driven.server.news().tell_changes();
    // Room comes while it reads; only the heartbeat looks for it.
    std::size_t answers = 0;
    wire::topics_t list;
    list.version = std::numeric_limits<std::uint64_t>::max();
    for (const stopwatch_t watch; list.version != 0 && watch.ms() < patience_ms;) {
        driven.server.heartbeat(now_ms(), 1000);
        const frames_t in = dealer.recv(10);
        if (in.empty())
            continue;
        CHECK(std::find(in.begin(), in.end(), "late") == in.end());
        answers += in[0] == command(command_t::query_resp);
        if (in[0] == command(command_t::topics))
            REQUIRE(wire::decode_topics({in.begin(), in.end()}, list));
        if (list.version != 0) // a version after an answer
            CHECK(list.changes.empty());
    }
    CHECK(answers > 0);
    CHECK(answers < asked); // some had no room
    REQUIRE(list.version == 0);
    REQUIRE(list.changes.size() == 11);
    CHECK(list.changes[0].topic == "late"); // sorted
    CHECK(list.changes[0].added);

    // From then on it is told of changes as before.
    const frames_t version = dealer.recv_command(command_t::topics);
    wire::topics_t now;
    REQUIRE(wire::decode_topics({version.begin(), version.end()}, now));
    CHECK(now.version == driven.state.local.version());
    CHECK(now.changes.empty());
    driven.add("later");
    driven.server.news().tell_changes();
    // A client that was silent for some heartbeats is told the version at each of them, so that copies of it
    // may stand before the change.
    do {
        const frames_t change = dealer.recv_command(command_t::topics);
        REQUIRE(wire::decode_topics({change.begin(), change.end()}, now));
    } while (now.changes.empty());
    REQUIRE(now.changes.size() == 1);
    CHECK(now.changes[0].topic == "later");
    CHECK(now.version == driven.state.local.version());
}
