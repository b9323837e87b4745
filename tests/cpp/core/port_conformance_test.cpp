// Protects: what every carrier of frames keeps to (out_port.hpp, in_port.hpp, fan_out.hpp). Each case runs on
// each carrier.
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "port_carriers.hpp"

namespace spot::test::ports
{
#define SPOT_CARRIERS zmq_carrier_t, inproc_direct_t, inproc_queued_t

namespace
{
// As a sink does it that drops for full readers.
template <typename Carrier> offer_t offer_to_many(Carrier &carrier, wire_frame_t &frame)
{
    const offer_t result = carrier.out().offer(frame);
    return result == offer_t::full ? carrier.out().offer_where_room(frame) : result;
}
}

TEST_CASE_TEMPLATE("ports: frames arrive in order, whole, with both parts, whatever their size", C,
                   SPOT_CARRIERS)
{
    C carrier(1000);
    inbound_port_t &in = carrier.add_reader();
    in.subscribe("t");
    carrier.settle();
    for (int i = 0; i < 100; ++i) {
        const std::string text = "t" + std::to_string(i) + std::string(static_cast<std::size_t>(i * i), 'x');
        wire_frame_t frame = i % 3 == 0 ? large_frame_of("t" + std::to_string(i), text) : frame_of(text);
        CHECK((carrier.out().offer(frame) == offer_t::taken));
        CHECK(frame.head.size() == 0); // the carrier's now
    }
    for (int i = 0; i < 100; ++i) {
        const std::string text = "t" + std::to_string(i) + std::string(static_cast<std::size_t>(i * i), 'x');
        CHECK(next_of(in) == (i % 3 == 0 ? "t" + std::to_string(i) + "|" + text : text));
    }
    CHECK_FALSE(in.ready());
}

TEST_CASE_TEMPLATE("ports: a reader gets what begins with one of its filters, once, and nothing else", C,
                   SPOT_CARRIERS)
{
    C carrier(1000);
    inbound_port_t &a = carrier.add_reader(), &b = carrier.add_reader();
    a.subscribe("ab");
    a.subscribe("abc"); // a frame that begins with both comes once
    b.subscribe("x");
    b.subscribe("x");
    b.unsubscribe("x"); // it was begun twice
    carrier.settle();
    for (const char *text : {"abcd", "a", "abz", "xy", "zz"}) {
        wire_frame_t frame = frame_of(text);
        CHECK((carrier.out().offer(frame) == offer_t::taken));
    }
    CHECK(next_of(a) == "abcd");
    CHECK(next_of(a) == "abz");
    CHECK(next_of(b) == "xy");
    a.unsubscribe("ab");
    b.unsubscribe("x");
    carrier.settle();
    for (const char *text : {"abz", "xy", "abc"}) {
        wire_frame_t frame = frame_of(text);
        CHECK((carrier.out().offer(frame) == offer_t::taken));
    }
    CHECK(next_of(a) == "abc");
    CHECK_FALSE(a.ready());
    CHECK_FALSE(b.ready());
}

TEST_CASE_TEMPLATE(
    "ports: a directed frame reaches the one reader that it is for, beside one that takes everything", C,
    SPOT_CARRIERS)
{
    C carrier(1000);
    inbound_port_t &a = carrier.add_reader(), &b = carrier.add_reader(), &all = carrier.add_reader();
    a.subscribe("\xfe"
                "a");
    b.subscribe("\xfe"
                "b");
    all.subscribe("");
    carrier.settle();
    wire_frame_t frame = frame_of("\xfe"
                                  "b!");
    CHECK((carrier.out().offer(frame) == offer_t::taken));
    CHECK(next_of(b) == "\xfe"
                        "b!");
    CHECK(next_of(all) == "\xfe"
                          "b!");
    CHECK_FALSE(a.ready());
}

TEST_CASE_TEMPLATE("ports: when one reader is full, a frame goes to all or none; each gets what was taken", C,
                   SPOT_CARRIERS)
{
    C carrier(2);
    inbound_port_t &fast = carrier.add_reader(), &slow = carrier.add_reader();
    fast.subscribe("t");
    slow.subscribe("t");
    carrier.settle();
    int taken = 0, read = 0;
    for (int refused = 0; refused < 20; ++taken) { // `slow` takes nothing
        wire_frame_t frame = frame_of("t" + std::to_string(taken));
        if (carrier.out().offer(frame) == offer_t::taken) {
            CHECK(next_of(fast) == "t" + std::to_string(read++));
        } else {
            --taken;
            ++refused;
            CHECK_FALSE(fast.ready()); // nor has the other got it
        }
        REQUIRE(taken < 100);
    }
    CHECK(taken >= 2);
    for (int i = 0; i < taken; ++i) {
        CHECK(next_of(slow) == "t" + std::to_string(i));
        carrier.out().flush();
    }
    CHECK_FALSE(slow.ready());
}

TEST_CASE_TEMPLATE("ports: a full reader misses frames where that is allowed, and the others get them", C,
                   SPOT_CARRIERS)
{
    C carrier(2);
    inbound_port_t &fast = carrier.add_reader(), &slow = carrier.add_reader();
    fast.subscribe("t");
    slow.subscribe("t");
    carrier.settle();
    for (int i = 0; i < 50; ++i) {
        wire_frame_t frame = frame_of("t" + std::to_string(i));
        CHECK((offer_to_many(carrier, frame) == offer_t::taken));
        CHECK(next_of(fast) == "t" + std::to_string(i));
    }
    int got = 0;
    for (; slow.ready(); carrier.out().flush())
        CHECK(next_of(slow) == "t" + std::to_string(got++)); // the first ones, in order
    CHECK(got >= 2);
    CHECK(got < 50);
    CHECK(eventually([&] { // it has room again, as soon as the writer looks
        carrier.settle();
        wire_frame_t frame = frame_of("t-again");
        CHECK((offer_to_many(carrier, frame) == offer_t::taken));
        return slow.ready();
    }));
    CHECK(next_of(slow) == "t-again");
}

TEST_CASE_TEMPLATE(
    "ports: a writer that waits for room wakes when a reader takes, long before its slice is over", C,
    SPOT_CARRIERS)
{
    C carrier(2);
    inbound_port_t &in = carrier.add_reader();
    in.subscribe("t");
    carrier.settle();
    const int taken = fill(carrier, "t");
    const stopwatch_t watch;
    std::atomic<bool> done{false};
    std::thread reader([&] {
        // Time for the writer to begin to wait. Begun later, it finds room at once.
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
        for (int i = 0; i < taken; ++i)
            CHECK(next_of(in) == "t" + std::to_string(i));
        done = true;
    });
    offer_t result = offer_t::full;
    while (result == offer_t::full && watch.ms() < patience_ms) {
        carrier.expect_waiter();
        carrier.out().wait(patience_ms);
        wire_frame_t frame = frame_of("t-more");
        result = carrier.out().offer(frame);
    }
    CHECK((result == offer_t::taken));
    CHECK(watch.ms() < patience_ms);
    CHECK(eventually([&] { return carrier.out().flush() && done; })); // as the flusher does
    reader.join();
    CHECK(next_of(in) == "t-more");
}

TEST_CASE_TEMPLATE("ports: a reader that sleeps on its descriptor wakes for each frame", C, SPOT_CARRIERS)
{
    C carrier(1000);
    inbound_port_t &in = carrier.add_reader();
    in.subscribe("t");
    carrier.settle();
    std::atomic<int> read{0};
    std::thread reader([&] {
        for (int i = 0; i < 50; ++i) {
            CHECK(next_of(in) == "t" + std::to_string(i));
            read = i + 1;
        }
    });
    for (int i = 0; i < 50; ++i) {
        wire_frame_t frame = frame_of("t" + std::to_string(i));
        CHECK((carrier.out().offer(frame) == offer_t::taken));
        CHECK(eventually([&] { return read == i + 1; })); // it sleeps again, or is about to
    }
    reader.join();
}

TEST_CASE_TEMPLATE("ports: after the end nothing is taken, and what was taken before still arrives", C,
                   SPOT_CARRIERS)
{
    C carrier(1000);
    inbound_port_t &in = carrier.add_reader();
    in.subscribe("t");
    carrier.settle();
    for (int i = 0; i < 20; ++i) {
        wire_frame_t frame = frame_of("t" + std::to_string(i));
        CHECK((carrier.out().offer(frame) == offer_t::taken));
    }
    carrier.out().end();
    for (int i = 0; i < 20; ++i)
        CHECK(next_of(in) == "t" + std::to_string(i));
    CHECK(in.at_end() == C::tells_end);
    if (C::tells_end)
        CHECK(next_of(in) == ""); // at once
    carrier.out().end();
}

TEST_CASE_TEMPLATE("ports: a writer in wait() returns when the ports end", C, SPOT_CARRIERS)
{
    C carrier(2);
    inbound_port_t &in = carrier.add_reader();
    in.subscribe("t");
    carrier.settle();
    fill(carrier, "t");
    const stopwatch_t watch;
    std::atomic<bool> ended{false};
    std::thread writer([&] {
        // libzmq does not wake a writer whose socket is closed: its slice ends.
        while (!ended && watch.ms() < patience_ms)
            carrier.out().wait(C::tells_end ? patience_ms : 100);
    });
    // Time for the writer to begin to wait. One that begins later finds the port ended.
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    carrier.out().end();
    ended = true;
    writer.join();
    CHECK(watch.ms() < patience_ms);
}

TEST_CASE_TEMPLATE("ports: a reader that closes holds up nobody", C, SPOT_CARRIERS)
{
    C carrier(2);
    inbound_port_t &stays = carrier.add_reader(), &goes = carrier.add_reader();
    stays.subscribe("t");
    goes.subscribe("t");
    carrier.settle();
    const int taken = fill(carrier, "t");
    for (int i = 0; i < taken; ++i, carrier.out().flush())
        CHECK(next_of(stays) == "t" + std::to_string(i));
    goes.close();
    for (int i = 0; i < 10; ++i) {
        const std::string text = "t-later" + std::to_string(i);
        CHECK(eventually([&] {
            wire_frame_t frame = frame_of(text);
            return carrier.out().offer(frame) == offer_t::taken;
        }));
        CHECK(next_of(stays) == text);
    }
}

TEST_CASE_TEMPLATE("ports: a hundred readers each get all of theirs", C, SPOT_CARRIERS)
{
    C carrier(100);
    std::vector<inbound_port_t *> ins;
    for (int i = 0; i < 100; ++i) {
        ins.push_back(&carrier.add_reader());
        ins.back()->subscribe("to-all");
        ins.back()->subscribe("to-" + std::to_string(i) + ":");
    }
    carrier.settle();
    for (int i = 0; i < 100; ++i) {
        wire_frame_t one = frame_of("to-" + std::to_string(i) + ":x");
        CHECK((carrier.out().offer(one) == offer_t::taken));
    }
    wire_frame_t all = frame_of("to-all");
    CHECK((carrier.out().offer(all) == offer_t::taken));
    for (std::size_t i = 0; i < ins.size(); ++i) {
        CHECK(next_of(*ins[i]) == "to-" + std::to_string(i) + ":x");
        CHECK(next_of(*ins[i]) == "to-all");
        CHECK_FALSE(ins[i]->ready());
    }
}

TEST_CASE_TEMPLATE("ports: a set takes from its readers by turns, and wakes for any of them", C,
                   SPOT_CARRIERS)
{
    C carrier(1000);
    inbound_port_t &busy = carrier.add_reader(), &quiet = carrier.add_reader(),
                   &leaves = carrier.add_reader();
    busy.subscribe("busy");
    quiet.subscribe("quiet");
    carrier.settle();
    in_port_set_t set;
    for (inbound_port_t *const in : {&leaves, &busy, &quiet})
        set.add(*in);
    set.remove(leaves);
    CHECK(set.size() == 2);
    for (int i = 0; i < 10; ++i) {
        wire_frame_t frame = frame_of("busy");
        CHECK((carrier.out().offer(frame) == offer_t::taken));
    }
    wire_frame_t frame = frame_of("quiet");
    CHECK((carrier.out().offer(frame) == offer_t::taken));
    CHECK(set.wait(patience_ms));
    int before_quiet = 0;
    inbound_port_t *from = nullptr;
    for (arrival_t arrival; from != &quiet; ++before_quiet) {
        REQUIRE(before_quiet < 11);
        if (set.take(arrival, &from) != arrival_result_t::taken)
            set.wait(patience_ms);
    }
    CHECK(before_quiet <= 3);
    arrival_t arrival;
    int rest = 0;
    while (set.take(arrival) == arrival_result_t::taken)
        ++rest;
    CHECK(rest + before_quiet == 11);
    CHECK_FALSE(set.wait(0));
    std::thread writer([&] {
        // Time for the reader to begin to wait. Begun later, it finds the frame at once.
        std::this_thread::sleep_for(std::chrono::milliseconds(30));
        wire_frame_t late = frame_of("quiet");
        carrier.out().offer(late);
    });
    const stopwatch_t watch;
    CHECK(set.wait(patience_ms));
    CHECK(watch.ms() < patience_ms);
    writer.join();
}
}
