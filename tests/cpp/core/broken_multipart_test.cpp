// A connection that ends while a long message is read from it: the reader gets an error and goes on.
// libzmq by itself aborts the process here (https://github.com/zeromq/libzmq/issues/3663), which is why the
// one that is built in is corrected (cmake/SpotLibzmqFix.cmake).
#include "raw.hpp"
#include "spot/cluster/multipart.hpp"
#include "spot/transport/monitor.hpp"
#include "spot/transport/socket.hpp"

using namespace spot;
using namespace spot::test;

namespace
{
// libzmq handles what happened to connections at the latest at every 100th frame that is read: with the first
// of these frames read and the connection gone, the end comes in the middle.
constexpr std::size_t frame_count = 500;

// A DEALER that keeps nothing for connections that are gone, as a node has one for each peer.
struct reader_t
{
    reader_t() : ctx(ctx_state_t::create(1))
    {
        socket_options_t options;
        options.immediate = true;
        REQUIRE_OK(socket.open(ctx, socket_kind_t::dealer, options));
        REQUIRE_OK(monitor.open(ctx, socket, "monitor"));
    }

    void wait_for(connection_change_t change)
    {
        REQUIRE(eventually([&] {
            connection_event_t event;
            return monitor.next(event) && event.change == change;
        }));
    }

    // The first frame, waited for; then what is there until an error: how many came, all being `each`.
    std::size_t read_on(const std::string &each)
    {
        std::size_t count = 0;
        for (raw_message_t frame; socket.recv(frame) == 0; ++count) {
            REQUIRE(frame.view() == each);
            REQUIRE(frame.more());
        }
        return count;
    }
    void read_first(const std::string &each)
    {
        raw_message_t frame;
        REQUIRE(eventually([&] { return socket.recv(frame) == 0; }));
        REQUIRE(frame.view() == each);
    }

    std::shared_ptr<ctx_state_t> ctx;
    socket_t socket;
    monitor_t monitor;
};

// Sends it the long message; a ROUTER learns who it talks to from a first message. Of two connections of a
// DEALER each gets every other one.
void send_long(raw_socket_t &peer, reader_t &reader, const std::string &each)
{
    frames_t got;
    REQUIRE(eventually([&] {
        raw_message_t hello(std::string_view("hello"));
        reader.socket.send(hello);
        got = peer.recv(10);
        return got.size() == 2;
    }));
    frames_t frames{got[0]};
    frames.resize(1 + frame_count, each);
    peer.send(frames);
}
}

TEST_CASE("a connection that ends in the middle of a message is an error, and the next message is whole")
{
    raw_ctx_t raw;
    reader_t reader;
    auto peer = std::make_unique<raw_socket_t>(raw, ZMQ_ROUTER);
    const std::string endpoint = peer->bind();
    REQUIRE_OK(reader.socket.connect(endpoint));
    reader.wait_for(connection_change_t::made);
    send_long(*peer, reader, "old");

    reader.read_first("old");
    peer->close();
    reader.wait_for(connection_change_t::ended);
    CHECK(1 + reader.read_on("old") < frame_count);
    CHECK(errno == ECONNRESET);

    // The same place, a new connection.
    peer = std::make_unique<raw_socket_t>(raw, ZMQ_ROUTER);
    peer->bind(endpoint);
    reader.wait_for(connection_change_t::made);
    send_long(*peer, reader, "new");
    multipart_t message;
    slice_t slice(std::chrono::seconds(60));
    REQUIRE(
        eventually([&] { return receive_multipart(reader.socket, message, slice) == received_t::whole; }));
    REQUIRE(message.frames.size() == frame_count);
    for (const raw_message_t &frame : message.frames)
        CHECK(frame.view() == "new");
}

TEST_CASE("what a connection left of a message is not taken for the beginning of another's")
{
    raw_ctx_t raw;
    reader_t reader;
    raw_socket_t peer(raw, ZMQ_ROUTER), second(raw, ZMQ_ROUTER);
    REQUIRE_OK(reader.socket.connect(peer.bind()));
    reader.wait_for(connection_change_t::made);
    send_long(peer, reader, "old");
    reader.read_first("old");

    // A second connection, whose message waits while the first one's is being read.
    REQUIRE_OK(reader.socket.connect(second.bind()));
    reader.wait_for(connection_change_t::made);
    send_long(second, reader, "new");
    peer.close();
    reader.wait_for(connection_change_t::ended);
    CHECK(1 + reader.read_on("old") < frame_count);
    CHECK(errno == ECONNRESET);

    multipart_t message;
    slice_t slice(std::chrono::seconds(60));
    REQUIRE(
        eventually([&] { return receive_multipart(reader.socket, message, slice) == received_t::whole; }));
    CHECK(message.frames.size() == frame_count);
    CHECK(message.frames[0].view() == "new");
}
