// Protects: a frame goes to the shared port of a fan-out and to all its ways, or to none; and within the
// process nothing is copied.
#include <string>

#include "port_carriers.hpp"

namespace spot::test::ports
{
TEST_CASE(
    "a fan-out over a shared port and ways: all or none over both, and the queue of a way keeps its order")
{
    zmq_carrier_t shared(2);
    inbound_port_t &subscriber = shared.add_reader();
    subscriber.subscribe("t");
    inproc_ports_t ports = make_inproc_ports({1, UINT64_MAX});
    const fan_out_t::way_id_t way = shared.out().add_way(ports.out, {2, UINT64_MAX});
    ports.in->subscribe("t");
    shared.settle();
    CHECK(shared.out().take_filter_changes());
    const int taken = fill(shared, "t");
    CHECK(taken >= 2);
    CHECK(taken <= 4);
    for (int i = 0; i < taken; ++i)
        CHECK(next_of(subscriber) == "t" + std::to_string(i)); // all that was taken, and no more
    CHECK_FALSE(subscriber.ready());
    for (int i = 0; i < taken; ++i) {
        CHECK(next_of(*ports.in) == "t" + std::to_string(i));
        shared.out().flush();
    }
    CHECK_FALSE(ports.in->ready());

    // A frame that finds no room at the shared port is not in the way's queue either.
    const int again = fill(shared, "t");
    for (int i = 0; i < again; ++i) {
        CHECK(next_of(*ports.in) == "t" + std::to_string(i));
        shared.out().flush();
    }
    CHECK_FALSE(ports.in->ready());
    shared.out().remove_way(way);
    CHECK(ports.in->at_end());
    CHECK(shared.out().ways() == 0);
}

TEST_CASE("in process a frame is the very bytes that were offered, for each reader")
{
    inproc_direct_t carrier(10);
    inbound_port_t &a = carrier.add_reader(), &b = carrier.add_reader();
    a.subscribe("");
    b.subscribe("");
    carrier.settle();
    wire_frame_t frame = frame_of(std::string(100000, 'x'));
    const char *const bytes = frame.head.view().data();
    CHECK((carrier.out().offer(frame) == offer_t::taken));
    for (inbound_port_t *const in : {&a, &b}) {
        arrival_t arrival;
        REQUIRE((in->take(arrival) == arrival_result_t::taken));
        CHECK(arrival.head.view().data() == bytes);
    }
}

TEST_CASE("in process bytes bound a queue, and one frame that is larger passes")
{
    inproc_ports_t ports = make_inproc_ports({1000, 100});
    wire_frame_t large = frame_of(std::string(500, 'x')), small = frame_of("x");
    CHECK(ports.out->room(500));
    CHECK((ports.out->offer(large) == offer_t::taken));
    CHECK_FALSE(ports.out->room(1));
    CHECK((ports.out->offer(small) == offer_t::full));
    CHECK(next_of(*ports.in) == std::string(500, 'x'));
    CHECK((ports.out->offer(small) == offer_t::taken));
    ports.in->close();
    wire_frame_t late = frame_of("x");
    CHECK((ports.out->offer(late) == offer_t::closed));
}
}
