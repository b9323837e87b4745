// Protects: plain clients that left are forgotten, however they came; those that stay leave room for nodes;
// and a client without a place is told so.
#include "driven_server.hpp"
#include "hand_made.hpp"
#include "raw.hpp"
#include "spot/cluster/client_backlog.hpp"
#include "spot/transport/poll.hpp"
#include "spot/wire/limits.hpp"

using namespace spot;
using namespace spot::test;
using wire::command_t;

namespace
{
constexpr std::size_t places = 2 * wire::max_peers;
constexpr std::size_t places_behind_one = 1024;

// One connection that stands for many clients, as a proxy's does.
void subscribe_many(raw_socket_t &dealer, std::size_t count)
{
    for (std::size_t i = 0; i < count; ++i)
        dealer.send({"client " + std::to_string(i), "", "\x02", "t"});
}

frames_t hello_of(const wire::node_id_t &id)
{
    wire::hello_t hello;
    hello.node_id = id;
    hello.features = wire::feature_clusters;
    return wire::encode_hello(hello);
}

struct crowd_t
{
    crowd_t() { driven.add("t"); }
    std::size_t count() const { return driven.state.subscribers.count("t"); }
    bool process_until_count(std::size_t wanted)
    {
        return driven.process_until([&] {
            driven.server.tend_callers(now_ms());
            return count() == wanted;
        });
    }
    // Reads what was sent before; it is handled in order.
    frames_t ask(raw_socket_t &dealer)
    {
        dealer.send({"\x04"});
        frames_t answer;
        driven.process_until([&] {
            answer = dealer.recv(1);
            return !answer.empty();
        });
        return answer;
    }

    driven_server_t driven;
    raw_ctx_t ctx;
};
}

TEST_CASE("all places for plain subscribers are taken: nodes join, and who leaves makes room")
{
    crowd_t crowd;
    std::vector<std::unique_ptr<raw_socket_t>> dealers;
    for (std::size_t taken = 0; taken < places; taken += places_behind_one) {
        dealers.push_back(std::make_unique<raw_socket_t>(crowd.ctx, ZMQ_DEALER));
        dealers.back()->set(ZMQ_SNDHWM, 0);
        dealers.back()->connect(crowd.driven.bound);
        subscribe_many(*dealers.back(), places_behind_one);
    }
    REQUIRE(crowd.process_until_count(places));

    raw_socket_t late(crowd.ctx, ZMQ_DEALER);
    late.connect(crowd.driven.bound);
    late.send({"\x02", "t"});
    CHECK(crowd.ask(late).size() == 3); // asking takes no place
    CHECK(crowd.count() == places);
    CHECK(crowd.driven.counters.ignored.get() == 1);

    raw_socket_t node(crowd.ctx, ZMQ_DEALER);
    node.connect(crowd.driven.bound);
    node.send(hello_of(wire::node_id_t::random()));
    CHECK(crowd.ask(node)[0] == command(command_t::welcome));

    dealers.pop_back();
    REQUIRE(crowd.process_until_count(places - places_behind_one));
    late.send({"\x02", "t"});
    REQUIRE(crowd.process_until_count(places - places_behind_one + 1));
    dealers.clear();
    REQUIRE(crowd.process_until_count(1));
}

TEST_CASE("one connection has places for so many clients, and takes no more")
{
    crowd_t crowd;
    raw_socket_t dealer(crowd.ctx, ZMQ_DEALER);
    dealer.set(ZMQ_SNDHWM, 0);
    dealer.connect(crowd.driven.bound);
    subscribe_many(dealer, places_behind_one + 1);
    CHECK(crowd.ask(dealer).size() == 3);
    CHECK(crowd.count() == places_behind_one);
    CHECK(crowd.driven.counters.ignored.get() == 1);
}

TEST_CASE("a node that finds no place is refused, and is not led to think that it is UP")
{
    crowd_t crowd;
    raw_socket_t many(crowd.ctx, ZMQ_DEALER), late(crowd.ctx, ZMQ_DEALER), plain(crowd.ctx, ZMQ_DEALER);
    many.set(ZMQ_SNDHWM, 0);
    for (raw_socket_t *dealer : {&many, &late, &plain})
        dealer->connect(crowd.driven.bound);
    for (std::size_t i = 0; i < places; ++i) {
        frames_t hello = hello_of(wire::node_id_t::random());
        hello.insert(hello.begin(), {"node " + std::to_string(i), ""});
        many.send(hello);
    }
    many.send({std::string(1, '\0')}); // malformed: counted when all before it was handled
    REQUIRE(crowd.driven.process_until([&] { return crowd.driven.counters.malformed.get() == 1; }));

    late.send(hello_of(wire::node_id_t::random()));
    CHECK(crowd.ask(late)[0] == command(command_t::refused));
    CHECK(crowd.ask(plain).size() == 3);
    CHECK(late.recv(0).empty()); // its QUERY came before
    CHECK(crowd.driven.counters.ignored.get() == 2);

    // A place becomes free, and the next HELLO finds it.
    many.send({"node 0", "", "\x0b"});
    many.send({std::string(1, '\0')});
    REQUIRE(crowd.driven.process_until([&] { return crowd.driven.counters.malformed.get() == 2; }));
    late.send(hello_of(wire::node_id_t::random()));
    CHECK(crowd.ask(late)[0] == command(command_t::welcome));
    CHECK(late.recv()[0] == command(command_t::query_resp));
}

TEST_CASE("a subscriber of whose connection ZeroMQ tells nothing is forgotten, too")
{
    crowd_t crowd;
    {
        hand_made_t old(crowd.driven.bound);
        old.say(zmtp2_dealer);
        old.say(bytes_of({1, 1, 2, 0, 1, 't'})); // SUBSCRIBE t
        REQUIRE(crowd.process_until_count(1));
    }
    // The message that finds out whether a subscriber is still connected has no effect on one that is.
    millis_t now = now_ms();
    CHECK(crowd.driven.process_until([&] {
        crowd.driven.server.tend_callers(now += 10000);
        return crowd.count() == 0;
    }));
}

TEST_CASE("a backlog gives back what libzmq lets go of, and wakes who waits for half of it")
{
    client_backlog_limits_t limits;
    limits.message_bytes = 1000;
    limits.messages = 4;
    const auto wakeup = std::make_shared<wakeup_t>();
    const auto backlog = std::make_shared<client_backlog_t>(limits, wakeup);
    const auto awake = [&] {
        const int fd = wakeup->fd();
        return wait_readable(&fd, 1, 0) == 1;
    };
    std::vector<raw_message_t> under_way;
    CHECK(backlog->empty());
    for (int i = 0; i < 4; ++i) {
        REQUIRE(backlog->has_room(load_t::message));
        under_way.push_back(backlog->charge("bytes", 100, load_t::message));
        CHECK(under_way.back().view() == "bytes");
    }
    CHECK_FALSE(backlog->has_room(load_t::message));
    CHECK(backlog->has_room(load_t::answer)); // limits of their own
    CHECK(backlog->has_room(load_t::control));
    CHECK_FALSE(backlog->has_room_or_wakes(load_t::message));
    under_way.pop_back();
    CHECK_FALSE(awake());
    under_way.pop_back();
    CHECK(awake());
    CHECK(backlog->has_room_or_wakes(load_t::message));
    under_way.clear();
    CHECK(backlog->empty());
    CHECK(backlog->released() == 4);
    // One that is longer than all there may be finds room when there is any.
    under_way.push_back(backlog->charge({}, 5000, load_t::message));
    CHECK_FALSE(backlog->has_room(load_t::message));
    CHECK_FALSE(backlog->empty());
}
