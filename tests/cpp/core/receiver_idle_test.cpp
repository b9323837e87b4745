// Protects: a receiver forgets topics that are gone, and still counts exactly when they come back.
#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

#include "spot/data/receiver.hpp"
#include "spot/wire/data.hpp"
#include "support.hpp"

using namespace spot;

namespace
{
// A receiver whose only connection is the test's.
struct stream_t
{
    stream_t()
    {
        REQUIRE_OK(xpub.open(ctx, socket_kind_t::xpub, {}));
        REQUIRE_OK(xpub.bind("inproc://own"));
        REQUIRE_OK(receiver.open(ctx, {}, "inproc://own", id));
    }
    ~stream_t() { receiver.close(); }

    void subscribe(const std::string &name)
    {
        receiver.subscribe({name});
        xpub.events();
    }
    void send(const std::string &topic, std::uint64_t seq, bool mark = false)
    {
        const std::uint8_t flags = mark ? wire::flag_batch : std::uint8_t{0};
        const std::string prefix = wire::data_prefix(topic, flags, id.source());
        raw_message_t frame(wire::data_header_bytes(topic.size()) + (mark ? 0 : 1));
        std::copy(prefix.begin(), prefix.end(), frame.data());
        wire::stamp(frame.data(), topic.size(), flags, id.source(), seq);
        REQUIRE_OK(xpub.send(frame));
    }
    // How much was lost just before the next message.
    std::uint64_t lost_before_next()
    {
        delivery_t delivery;
        REQUIRE((receiver.take(delivery, deadline_t(10000)) == take_t::got));
        return delivery.lost;
    }
    std::vector<std::string> idle()
    {
        std::vector<std::string> names;
        std::size_t at = 0;
        do {
            at = receiver.idle_topics(at, 5, names);
        } while (at != 0);
        return names;
    }
    void put_aside(const std::string &topic)
    {
        idle();
        REQUIRE(idle() == std::vector<std::string>{topic});
        receiver.put_aside({topic});
        REQUIRE(receiver.topics() == 0);
    }
    registry::stream_counts_t of_owner()
    {
        registry::owner_counts_t sums;
        receiver.break_down(sums);
        return sums[id.source()];
    }

    std::shared_ptr<ctx_state_t> ctx = ctx_state_t::create(1);
    wire::node_id_t id = wire::node_id_t::random();
    socket_t xpub;
    receiver_t receiver;
};
}

TEST_CASE("a topic is idle when nothing came from one look to the next, and nobody holds a message of it")
{
    stream_t stream;
    stream.subscribe("t*");
    stream.subscribe("t:by name");
    stream.send("t:1", 1);
    stream.send("t:by name", 1);
    CHECK(stream.lost_before_next() == 0);
    CHECK(stream.lost_before_next() == 0);
    CHECK(stream.idle().empty());
    CHECK(stream.idle() == std::vector<std::string>{"t:1"});
    stream.send("t:1", 2);
    {
        delivery_t held;
        REQUIRE((stream.receiver.take(held, deadline_t(10000)) == take_t::got));
        CHECK(stream.idle().empty());
        CHECK(stream.idle().empty());
        stream.receiver.put_aside({"t:1", "t:by name", "unknown"});
        CHECK(stream.receiver.topics() == 2);
    }
    CHECK(stream.idle() == std::vector<std::string>{"t:1"});
}

TEST_CASE("numbers go on when a topic comes back that was put aside")
{
    stream_t stream;
    stream.subscribe("t*");
    stream.send("t", 1);
    stream.send("t", 4);
    CHECK(stream.lost_before_next() == 0);
    CHECK(stream.lost_before_next() == 2);
    stream.put_aside("t");
    CHECK(stream.of_owner().received == 2);
    CHECK(stream.of_owner().lost == 2);
    stream.send("t", 5);
    CHECK(stream.lost_before_next() == 0);
    stream.put_aside("t");
    stream.send("t", 9);
    CHECK(stream.lost_before_next() == 3);
    CHECK(stream.of_owner().received == 4);
    CHECK(stream.of_owner().lost == 5);
    topic_sums_t sums;
    stream.receiver.break_down(sums);
    CHECK(sums["t"].received == 4);
    CHECK(stream.receiver.lost() == 5);
}

TEST_CASE("what a mark told is still told by the first message after")
{
    stream_t stream;
    stream.subscribe("t*");
    stream.send("t", 1);
    stream.send("t", 4, true);
    CHECK(stream.lost_before_next() == 0);
    delivery_t none;
    CHECK((stream.receiver.take(none, deadline_t(0)) == take_t::empty));
    stream.put_aside("t");
    stream.send("t", 4);
    CHECK(stream.lost_before_next() == 2);
    CHECK(stream.receiver.lost() == 2);
}

TEST_CASE("a later subscription does not count from numbers that were put aside")
{
    stream_t stream;
    stream.subscribe("t*");
    stream.subscribe("u*");
    stream.send("t", 1);
    stream.send("u", 1);
    CHECK(stream.lost_before_next() == 0);
    CHECK(stream.lost_before_next() == 0);
    stream.idle();
    stream.idle();
    stream.receiver.put_aside({"t", "u"});
    REQUIRE(stream.receiver.topics() == 0);
    REQUIRE_OK(stream.receiver.unsubscribe({"t*"}, nullptr));
    stream.subscribe("t*");
    stream.send("t", 100);
    stream.send("u", 2);
    CHECK(stream.lost_before_next() == 0);
    CHECK(stream.lost_before_next() == 0);
    CHECK(stream.of_owner().received == 4);
    topic_sums_t sums;
    stream.receiver.break_down(sums);
    CHECK(sums["t"].received == 1);
    CHECK(sums["u"].received == 2); // the other pattern's subscription has lasted
}
