// Protects: the law of delivery: for each owner and topic, sent = received + reported loss, in order and
// once.
#include "support.hpp"

using namespace spot;
using namespace spot::test;

namespace
{
// Takes everything up to the owner's mark at the end, and checks numbers on the way.
struct tally_t
{
    std::uint64_t received = 0;
    std::uint64_t lost = 0;
    std::uint64_t last_seq = 0;
    bool in_order = true;

    void take(const got_t &got)
    {
        in_order = in_order && got.seq == last_seq + got.lost + 1;
        last_seq = got.seq;
        lost += got.lost;
        ++received;
    }
};

options_t narrow(overflow_t overflow)
{
    options_t options = quick(100);
    options.send_hwm = 20;
    options.recv_hwm = 20;
    options.overflow = overflow;
    return options;
}
}

TEST_CASE("drop: a slow receiver's losses are all reported, those at the tail too")
{
    const std::uint64_t count = rounds(20000, 4000);
    const std::string payload(4096, 'x');
    const node_ptr owner = make_server({"t"}, "tcp://127.0.0.1:0", nullptr, narrow(overflow_t::drop));
    const node_ptr node = make_client(nullptr, narrow(overflow_t::drop));
    join(*node, *owner);
    subscribe(*node, {"t"});
    for (std::uint64_t i = 0; i < count; ++i) // the receiver does not read meanwhile
        REQUIRE_OK(owner->publish("t", payload));
    tally_t tally;
    // The tail's loss comes with the owner's mark, after an idle heartbeat: stats() tells it without a
    // message.
    CHECK(eventually([&] {
        for (got_t got = receive(*node, 0); !got.topic.empty(); got = receive(*node, 0))
            tally.take(got);
        return tally.received + node->stats().lost == count;
    }));
    CHECK(tally.in_order);
    CHECK(node->stats().lost > 0);
    CHECK(node->stats().received == tally.received);
    // The receiver reports back.
    CHECK(eventually([&] { return owner->stats().overflowed == node->stats().lost; }));
    // And the next message says what was missed before it.
    REQUIRE_OK(owner->publish("t", "next"));
    tally.take(receive(*node));
    CHECK(tally.in_order);
    CHECK(tally.received + tally.lost == count + 1);
    CHECK(tally.lost == node->stats().lost);
}

TEST_CASE("drop: an orderly close sends its marks, so that a loss at the tail is known")
{
    const std::uint64_t count = 3000;
    options_t options = narrow(overflow_t::drop);
    options.heartbeat_ms = 60000; // no mark before that of the close
    const node_ptr owner = make_server({"t"}, "tcp://127.0.0.1:0", nullptr, options);
    const node_ptr node = make_client(nullptr, options);
    join(*node, *owner);
    subscribe(*node, {"t"});
    const std::string payload(4096, 'x');
    for (std::uint64_t i = 0; i < count; ++i)
        REQUIRE_OK(owner->publish("t", payload));
    tally_t tally;
    for (got_t got = receive(*node); !got.topic.empty(); got = receive(*node, 200))
        tally.take(got);
    owner->close();
    CHECK(eventually([&] {
        for (got_t got = receive(*node, 0); !got.topic.empty(); got = receive(*node, 0))
            tally.take(got);
        return tally.received + node->stats().lost == count;
    }));
    CHECK(tally.in_order);
}

TEST_CASE("drop: the close tells of the tail also when the receiver is full at that moment, and reads on")
{
    const std::uint64_t count = 3000;
    for (int round = 0; round < 10; ++round) {
        const options_t options = narrow(overflow_t::drop);
        const node_ptr owner = make_server({"t"}, "tcp://127.0.0.1:0", nullptr, options);
        const node_ptr node = make_client(nullptr, options);
        join(*node, *owner);
        subscribe(*node, {"t"});
        const std::string payload(10000, 'x');
        for (std::uint64_t i = 0; i < count; ++i)
            REQUIRE_OK(owner->publish("t", payload));
        tally_t tally;
        const worker_t closer([&] { owner->close(); });
        CHECK(eventually(
            [&] {
                for (got_t got = receive(*node, 0); !got.topic.empty(); got = receive(*node, 0))
                    tally.take(got);
                return tally.received + node->stats().lost == count;
            },
            5000));
        CHECK(tally.in_order);
    }
}

TEST_CASE("drop: what waits when its owner leaves keeps its numbers, and tells what is missing in it")
{
    const options_t options = narrow(overflow_t::drop);
    for (int round = 0; round < 5; ++round) {
        const node_ptr owner = make_server({"t"}, "tcp://127.0.0.1:0", nullptr, options);
        const node_ptr node = make_client(nullptr, options);
        join(*node, *owner);
        subscribe(*node, {"t"});
        for (int i = 0; i < 3000; ++i)
            REQUIRE_OK(owner->publish("t", std::string(16384, 'x')));
        tally_t tally;
        tally.take(receive(*node));
        owner->close();
        CHECK(eventually([&] { return node->list_topics().empty(); }));
        for (got_t got = receive(*node); !got.topic.empty(); got = receive(*node, 300))
            tally.take(got);
        CHECK(tally.in_order);
    }
}

TEST_CASE("drop on the way to the owner: the publisher hears of it, and nothing else is renumbered")
{
    const std::uint64_t count = rounds(20000, 4000);
    options_t options = narrow(overflow_t::drop);
    const node_ptr owner = make_server({"t"}, "tcp://127.0.0.1:0", nullptr, quick(200)); // it reports losses
    const node_ptr publisher = make_client(nullptr, options);
    join(*publisher, *owner);
    for (std::uint64_t i = 0; i < count; ++i)
        REQUIRE_OK(publisher->publish("t", std::string(4096, 'x')));
    // The messages that the owner relayed, and those reported as missed, are all that were published.
    CHECK(eventually([&] { return owner->stats().relayed + publisher->stats().overflowed == count; }));
}

TEST_CASE("block: nothing is lost, and what waits is bounded")
{
    const std::uint64_t count = rounds(20000, 3000);
    options_t options = narrow(overflow_t::block);
    options.send_timeout_ms = patience_ms;
    const node_ptr owner = make_server({"t"}, "tcp://127.0.0.1:0", nullptr, options);
    const node_ptr node = make_client(nullptr, options);
    join(*node, *owner);
    subscribe(*node, {"t"});
    const std::string payload(16384, 'x');
    std::atomic<std::uint64_t> sent{0};
    const worker_t publisher([&] {
        for (std::uint64_t i = 0; i < count; ++i)
            if (owner->publish("t", payload) == 0)
                ++sent;
    });
    // It stops by itself while the receiver does not read: only socket buffers and high-water marks hold
    // messages.
    std::uint64_t before = 0;
    CHECK(eventually([&] {
        const std::uint64_t now = sent;
        std::this_thread::sleep_for(std::chrono::milliseconds(200));
        before = sent;
        return now > 0 && before == now;
    }));
    CHECK(before < count);
    tally_t tally;
    while (tally.received < count) {
        const got_t got = receive(*node);
        REQUIRE_FALSE(got.topic.empty());
        tally.take(got);
    }
    CHECK(tally.in_order);
    CHECK(tally.lost == 0);
    CHECK(tally.last_seq == count);
    CHECK(owner->stats().overflowed == 0);
}

TEST_CASE("block: publish is EAGAIN after send_timeout_ms, and no number is used up")
{
    options_t options = narrow(overflow_t::block);
    options.send_timeout_ms = 150;
    const node_ptr owner = make_server({"t", "other"}, "tcp://127.0.0.1:0", nullptr, options);
    const node_ptr node = make_client(nullptr, options);
    join(*node, *owner);
    subscribe(*node, {"t"});
    const std::string payload(65536, 'x');
    // The one that fails is measured, whichever it is: the system's buffers may still grow after a failure.
    std::uint64_t sent = 0;
    for (;; ++sent) {
        REQUIRE(sent < 100000);
        const stopwatch_t watch;
        const fair_watch_t fair;
        if (owner->publish("t", payload) == 0)
            continue;
        CHECK(error_name(errno) == "EAGAIN");
        CHECK(watch.ms() >= 149);
        CHECK(fair.ms() < 2000);
        break;
    }
    REQUIRE_OK(owner->publish("other", "nobody holds this one up"));
    REQUIRE_OK(owner->topic_create("the service thread lives"));
    REQUIRE_OK(node->cluster_sync(patience_ms));
    CHECK(node->topic_exists("the service thread lives"));
    for (std::uint64_t i = 1; i <= sent; ++i)
        REQUIRE(receive(*node).seq == i);
    CHECK(eventually([&] { return owner->publish("t", "last") == 0; }));
    const got_t last = receive(*node);
    CHECK(last.seq == sent + 1);
    CHECK(last.lost == 0);
}

TEST_CASE("block: publish_many counts what went before EAGAIN, and all of that arrives")
{
    options_t options = narrow(overflow_t::block);
    options.send_timeout_ms = 100;
    const node_ptr owner = make_server({"t"}, "tcp://127.0.0.1:0", nullptr, options);
    const node_ptr node = make_client(nullptr, options);
    join(*node, *owner);
    subscribe(*node, {"t"});
    const std::string payload(8000, 'x');
    const std::vector<std::string_view> items(20000, payload);
    std::size_t published = 0;
    CHECK_FAILS(EAGAIN, owner->publish_many("t", items, &published));
    CHECK(published > 0);
    CHECK(published < items.size());
    for (std::size_t i = 1; i <= published; ++i)
        REQUIRE(receive(*node).seq == i);
    CHECK_FAILS(EAGAIN, node->poll(50));
}

TEST_CASE("block: a close in another thread ends a publish that waits")
{
    options_t options = narrow(overflow_t::block);
    options.send_timeout_ms = -1;
    const node_ptr owner = make_server({"t"}, "tcp://127.0.0.1:0", nullptr, options);
    const node_ptr node = make_client(nullptr, options);
    join(*node, *owner);
    subscribe(*node, {"t"});
    std::atomic<std::uint64_t> sent{0};
    std::atomic<int> error{0};
    worker_t publisher([&] {
        while (owner->publish("t", std::string(65536, 'x')) == 0)
            ++sent;
        error = errno;
    });
    CHECK(eventually([&] {
        const std::uint64_t now = sent;
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
        return now > 0 && sent == now;
    }));
    const fair_watch_t watch;
    owner->close();
    publisher.join();
    CHECK(watch.ms() < rounds(1000, 4000));
    CHECK(error_name(error) == "ENOTSOCK");
}

TEST_CASE("two nodes that block and publish to each other at full speed do not lock up")
{
    options_t options = narrow(overflow_t::block);
    options.send_timeout_ms = 500;
    const node_ptr a = make_server({"a"}, "tcp://127.0.0.1:0", nullptr, options);
    const node_ptr b = make_server({"b"}, "tcp://127.0.0.1:0", nullptr, options);
    join(*a, *b);
    join(*b, *a);
    subscribe(*a, {"a", "b"});
    subscribe(*b, {"a", "b"});
    const int each = rounds(3000, 300);
    std::atomic<int> sent[2] = {{0}, {0}};
    std::atomic<int> publishing{2};
    const auto publish = [&](spot_pubsub_t &from, const char *topic, int side) {
        for (int i = 0; i < each; ++i)
            sent[side] += from.publish(topic, "payload") == 0;
        --publishing;
    };
    std::atomic<std::uint64_t> got[2] = {{0}, {0}};
    const auto read = [&](spot_pubsub_t &from, int side) {
        message_t message;
        while (from.recv(message, 300) == 0 || publishing > 0)
            ++got[side];
    };
    {
        const worker_t one([&] { publish(*a, "b", 0); }), two([&] { publish(*b, "a", 1); });
        const worker_t three([&] { read(*a, 0); }), four([&] { read(*b, 1); });
    }
    CHECK(sent[0] == each);
    CHECK(sent[1] == each);
    CHECK(a->stats().lost == 0);
    CHECK(b->stats().lost == 0);
    CHECK(eventually([&] { return a->stats().received == static_cast<std::uint64_t>(2 * each); }));
    CHECK(eventually([&] { return b->stats().received == static_cast<std::uint64_t>(2 * each); }));
}

TEST_CASE("drop: more topics than places in a queue; whoever takes no messages any more hears of every end")
{
    std::vector<std::string> topics;
    for (int i = 0; i < 200; ++i)
        topics.push_back("t" + std::to_string(i));
    const node_ptr owner = make_server(topics, "tcp://127.0.0.1:0", nullptr, narrow(overflow_t::drop));
    const node_ptr node = make_client(nullptr, narrow(overflow_t::drop));
    join(*node, *owner);
    subscribe(*node, topics);
    std::uint64_t sent = 0;
    std::uint64_t received = 0;
    for (const std::string &topic : topics) { // each stream is known
        REQUIRE_OK(owner->publish(topic, "first"));
        REQUIRE(receive(*node).topic == topic);
        ++sent;
        ++received;
    }
    const std::string payload(4096, 'x');
    for (int round = 0; round < 20; ++round)
        for (const std::string &topic : topics) {
            REQUIRE_OK(owner->publish(topic, payload));
            ++sent;
        }
    for (got_t got = receive(*node, 500); !got.topic.empty(); got = receive(*node, 500))
        ++received;
    CHECK(eventually([&] { return received + node->stats().lost == sent; }));
    CHECK(node->stats().lost > 0);
    CHECK(eventually([&] { return owner->stats().overflowed == node->stats().lost; }));
}
