// Protects: how many bytes may wait at a publisher for a peer that takes nothing.
#include <doctest/doctest.h>

#include <memory>
#include <string>

#include "spot/data/backlog.hpp"
#include "spot/data/outlet_map.hpp"
#include "spot/data/stream_writer.hpp"
#include "support.hpp"

using namespace spot;

namespace
{
constexpr wire::source_t source = 7;

// A PUSH to a PULL that is not read, and how many messages of one size go into it.
struct way_out_t
{
    way_out_t(int frames, std::uint64_t bytes)
    {
        socket_options_t receiving;
        receiving.recv_hwm = 1;
        REQUIRE_OK(pull.open(ctx, socket_kind_t::pull, receiving));
        REQUIRE_OK(pull.bind("inproc://pull"));
        socket_options_t sending;
        sending.send_hwm = frames;
        REQUIRE_OK(sink->open(ctx, socket_kind_t::push, sending, bytes));
        REQUIRE_OK(sink->with_socket([](socket_t &push) { return push.connect("inproc://pull"); }));
        outlet = map.ensure(sink, "t", source);
    }
    ~way_out_t() { sink->close(send_t::closed); } // sink and outlet hold each other until then
    way_out_t(const way_out_t &) = delete;
    way_out_t &operator=(const way_out_t &) = delete;
    bool send(std::size_t size)
    {
        parcel_t parcel = outlet->pack(std::string(size, 'x'));
        return sink->try_send(*outlet, parcel, true) == send_t::sent;
    }
    std::size_t fill(std::size_t size)
    {
        std::size_t sent = 0;
        while (send(size))
            ++sent;
        return sent;
    }

    std::shared_ptr<ctx_state_t> ctx = ctx_state_t::create(1);
    socket_t pull;
    std::shared_ptr<stream_writer_t> sink = std::make_shared<stream_writer_t>(when_full_t::fail);
    outlet_map_t map;
    std::shared_ptr<outlet_t> outlet;
};
}

TEST_CASE("a queue holds as many bytes as it may, whatever the size of the messages")
{
    constexpr std::uint64_t bound = 8 << 20;
    for (const std::size_t size : {20'000u, 33'000u, 60'000u, 300'000u, 900'000u, 3'000'000u}) {
        CAPTURE(size);
        way_out_t way(10000, bound);
        const std::size_t bytes = way.fill(size) * size;
        CHECK(bytes >= bound / 4);
        CHECK(bytes <= bound + bound / 4 + size);
    }
}

TEST_CASE("small messages are bounded by their number, and one that is too large for the bound passes")
{
    CHECK(way_out_t(1000, 64 << 20).fill(100) == 1001); // the two marks of an inproc connection
    CHECK(way_out_t(10, 0).fill(100'000) >= 1);
    way_out_t way(10000, 1000);
    CHECK(way.fill(5'000'000) >= 1);
}

TEST_CASE("sizes mixed: large ones leave room for small ones, and small ones do not let more large ones in")
{
    constexpr std::uint64_t bound = 8 << 20;
    way_out_t way(10000, bound);
    std::size_t bytes = 0;
    for (bool sent = true; sent;) {
        for (int i = 0; i < 20 && sent; ++i)
            sent = way.send(100);
        sent = sent && way.send(500'000);
        bytes += sent ? 500'000 : 0;
    }
    CHECK(bytes >= bound / 4);
    CHECK(bytes <= bound + bound / 4);
}

TEST_CASE("what has left makes room")
{
    constexpr std::uint64_t bound = 2 << 20;
    way_out_t way(10000, bound);
    const std::size_t first = way.fill(200'000);
    raw_message_t message;
    for (std::size_t taken = 0; taken < first;) {
        REQUIRE_OK(way.pull.recv(message));
        taken += message.size() > 1000 ? 1 : 0;
    }
    while (way.pull.recv(message) == 0) {
    }
    message = raw_message_t();
    CHECK(way.fill(200'000) >= first / 2);
}

TEST_CASE("marks for frames and bytes together: the lower one counts, and 0 is no limit")
{
    CHECK(receiving_mark(10000, 64 << 20) == 2048);
    CHECK(receiving_mark(100, 64 << 20) == 100);
    CHECK(receiving_mark(0, 64 << 20) == 2048);
    CHECK(receiving_mark(0, 0) == 0);
    CHECK(receiving_mark(7, 0) == 7);
    CHECK(receiving_mark(7, 1) == 1);
    CHECK(sending_mark(10000, 64 << 20) == 10000);
    CHECK(sending_mark(0, 64 << 20) == 131072);
    CHECK(sending_mark(0, ~0ULL) > 0);
    CHECK(sending_mark(0, 0) == 0);
}
