// Protects: how messages are put into frames: exact bytes, batches that fill and empty, and numbers that only
// sent messages use.
#include "raw.hpp"
#include "spot/data/outlet_map.hpp"
#include "spot/data/stream_writer.hpp"
#include "spot/transport/ctx_state.hpp"

using namespace spot;
using namespace spot::test;

namespace
{
constexpr wire::source_t source = 0x07060504030201;

// Takes parcels and keeps their frames, stamped as a socket would.
class memory_sink_t : public sink_t
{
  public:
    using sink_t::sending_of;
    send_t try_send(outlet_t &outlet, parcel_t &parcel, bool) override
    {
        wire::stamp(parcel.head.data(), outlet.topic().size(), parcel.flags(), outlet.source(),
                    sending_of(outlet).stream.next());
        sending_of(outlet).stream.use(parcel.count);
        frames.emplace_back(parcel.head.view());
        return send_t::sent;
    }
    void wait_for_room(int) override {}
    std::vector<std::string> frames;
};

std::uint64_t next_of(const outlet_t &outlet)
{
    return memory_sink_t::sending_of(outlet).stream.next();
}

std::shared_ptr<outlet_t> make_outlet(const std::shared_ptr<sink_t> &sink, const std::string &topic = "t")
{
    return std::make_shared<outlet_t>(sink, topic, source);
}

wire::data_header_t header_of(const std::string &frame)
{
    wire::data_header_t header;
    REQUIRE(wire::parse_data(frame, header));
    return header;
}
}

TEST_CASE("one message: the header of the protocol, then the payload")
{
    const auto sink = std::make_shared<memory_sink_t>();
    const auto outlet = make_outlet(sink);
    parcel_t parcel = outlet->pack("hi");
    CHECK(parcel.payload_bytes == 2);
    CHECK(parcel.count == 1);
    sink->try_send(*outlet, parcel, true);
    CHECK(sink->frames[0] == std::string("t\0\0\x01\x02\x03\x04\x05\x06\x07\x01\0\0\0\0\0\0\0hi", 20));
    parcel_t empty = outlet->pack("");
    sink->try_send(*outlet, empty, true);
    CHECK(header_of(sink->frames[1]).seq == 2);
    CHECK(header_of(sink->frames[1]).payload.empty());
}

TEST_CASE("a payload in place is not copied, and is given back once")
{
    static std::atomic<int> freed{0};
    freed = 0;
    std::string bytes = big_payload(100000);
    {
        const auto outlet = make_outlet(std::make_shared<memory_sink_t>());
        const parcel_t parcel = outlet->pack_in_place(
            bytes.data(), bytes.size(), [](void *, void *) { ++freed; }, nullptr);
        CHECK(parcel.large);
        CHECK(parcel.flags() == wire::flag_large);
        CHECK(parcel.body.view().data() == bytes.data());
        CHECK(freed == 0);
    }
    CHECK(freed == 1);
}

TEST_CASE("a batch holds what fits, byte for byte, and begins anew when it is taken")
{
    const auto sink = std::make_shared<memory_sink_t>();
    const auto outlet = make_outlet(sink);
    batch_t batch(*outlet);
    CHECK(batch.empty());
    std::vector<std::size_t> counts;
    const std::string record(1000, 'r');
    std::uint64_t added = 0;
    for (int i = 0; i < 100; ++i) {
        if (!batch.fits(record.size())) {
            parcel_t parcel = batch.take();
            CHECK(batch.empty());
            counts.push_back(parcel.count);
            CHECK(parcel.payload_bytes == parcel.count * record.size());
            sink->try_send(*outlet, parcel, true);
        }
        batch.add(record);
        ++added;
    }
    parcel_t rest = batch.take();
    sink->try_send(*outlet, rest, true);
    std::uint64_t seq = 1;
    for (const std::string &frame : sink->frames) {
        const wire::data_header_t header = header_of(frame);
        CHECK(header.flags == wire::flag_batch);
        CHECK(header.source == source);
        CHECK(header.seq == seq);
        CHECK(header.payload.size() <= batch_t::capacity);
        std::uint64_t count = 0;
        REQUIRE(wire::count_records(header.payload, count));
        for (std::string_view left = header.payload; !left.empty();)
            CHECK(wire::next_record(left) == record);
        seq += count;
    }
    CHECK(seq == added + 1);
    CHECK(counts == std::vector<std::size_t>{32, 32, 32}); // 32 KiB of records of 1004 bytes
}

TEST_CASE("a batch takes its capacity exactly, and records without a byte")
{
    const auto sink = std::make_shared<memory_sink_t>();
    const auto outlet = make_outlet(sink);
    batch_t batch(*outlet);
    const std::size_t quarter = batch_t::capacity / 4 - wire::record_header_bytes;
    REQUIRE(quarter <= batch_t::max_record);
    for (int i = 0; i < 4; ++i) {
        REQUIRE(batch.fits(quarter));
        batch.add(std::string(quarter, 'q'));
    }
    CHECK_FALSE(batch.fits(0));
    parcel_t full = batch.take();
    sink->try_send(*outlet, full, true);
    CHECK(header_of(sink->frames[0]).payload.size() == batch_t::capacity);
    for (std::size_t i = 0; batch.fits(0); ++i)
        batch.add("");
    CHECK(batch.count() == batch_t::capacity / wire::record_header_bytes);
    parcel_t empties = batch.take();
    sink->try_send(*outlet, empties, true);
    CHECK(next_of(*outlet) == 5 + batch_t::capacity / wire::record_header_bytes);
}

TEST_CASE("an outlet map keeps one outlet a topic, and numbers across its removal")
{
    const auto ctx = ctx_state_t::create(1);
    const auto sink = std::make_shared<stream_writer_t>(when_full_t::drop);
    outlet_map_t map;
    CHECK_FALSE(map.find("t"));
    const auto first = map.ensure(sink, "t", source);
    CHECK(map.ensure(sink, "t", source) == first);
    CHECK(map.find("t") == first);
    CHECK_FALSE(map.find("t2"));
    memory_sink_t::sending_of(*first).stream.use(41);
    map.remove(*sink, "t");
    map.remove(*sink, "t");
    CHECK_FALSE(memory_sink_t::sending_of(*first).active);
    CHECK_FALSE(map.find("t"));
    CHECK(next_of(*map.ensure(sink, "t", source)) == 42);
    map.clear();
    CHECK_FALSE(map.find("t"));
}

TEST_CASE("a sink: a full socket uses up a number only when it drops; closed and gone are told apart")
{
    const auto ctx = ctx_state_t::create(1);
    for (const bool drop : {true, false}) {
        CAPTURE(drop);
        const auto sink = std::make_shared<stream_writer_t>(drop ? when_full_t::drop : when_full_t::fail);
        socket_options_t options;
        options.send_hwm = 1;
        REQUIRE(sink->open(ctx, socket_kind_t::push, options, 0) == 0);
        outlet_map_t map;
        const auto outlet = map.ensure(sink, "t", source);
        parcel_t parcel = outlet->pack("nobody is connected, so there is no room");
        CHECK((sink->try_send(*outlet, parcel, true) == (drop ? send_t::sent : send_t::full)));
        CHECK(next_of(*outlet) == (drop ? 2u : 1u));
        CHECK(sink->dropped() == (drop ? 1u : 0u));
        map.remove(*sink, "t");
        parcel_t late = outlet->pack("x");
        CHECK((sink->try_send(*outlet, late, true) == send_t::gone));
        sink->close(send_t::closed);
        CHECK((sink->try_send(*outlet, late, true) == send_t::closed));
        CHECK_FAILS(ENOTSOCK, sink->with_socket([](socket_t &) { return 0; }));
    }
}
