// Protects: when libzmq reports that a message was cut off (ECONNRESET), its frames are thrown away, and the
// next message is read from its beginning.
//
// faults.cpp reports the cut: two small messages are sent and received in order, and no connection ends.
#include "../core/support.hpp"
#include "faults.hpp"
#include "spot/cluster/multipart.hpp"
#include "spot/transport/socket.hpp"

using namespace spot;
using namespace spot::test;

namespace
{
struct pair_t
{
    pair_t() : ctx(ctx_state_t::create(1))
    {
        REQUIRE_OK(writer.open(ctx, socket_kind_t::pair, {}));
        REQUIRE_OK(reader.open(ctx, socket_kind_t::pair, {}));
        REQUIRE_OK(writer.bind("inproc://cut"));
        REQUIRE_OK(reader.connect("inproc://cut"));
    }

    std::shared_ptr<ctx_state_t> ctx;
    socket_t writer, reader;
};
}

TEST_CASE("a message that was cut off leaves nothing behind, and the next one is whole")
{
    constexpr std::size_t frame_count = 5;
    for (std::size_t before_cut = 0; before_cut < frame_count; ++before_cut) {
        CAPTURE(before_cut);
        pair_t pair;
        REQUIRE(send_multipart(pair.writer, wire::frames_t(frame_count, "old")));
        REQUIRE(send_multipart(pair.writer, wire::frames_t{"new", "newer"}));
        multipart_t message;
        slice_t slice(std::chrono::seconds(60));
        {
            const cut_message_t cut(before_cut);
            REQUIRE(receive_multipart(pair.reader, message, slice) == received_t::nothing);
            CHECK(errno == ECONNRESET);
        }
        CHECK(message.frames.empty());
        REQUIRE(receive_multipart(pair.reader, message, slice) == received_t::whole);
        REQUIRE(message.frames.size() == 2);
        CHECK(message.frames[0].view() == "new");
        CHECK(message.frames[1].view() == "newer");
    }
}
