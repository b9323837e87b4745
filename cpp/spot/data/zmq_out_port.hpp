// A way out over a libzmq socket: the node's XPUB, which reaches all subscribers and filters by itself, or
// the PUSH to one owner's ingress.
//
// Not thread-safe: the lock of the owner guards it, except for wait() and fd().
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>

#include "spot/data/out_port.hpp"
#include "spot/transport/socket.hpp"
#include "spot/transport/wakeup.hpp"

namespace spot
{
class zmq_out_port_t final : public out_port_t
{
  public:
    // 0, or -1 and errno. An XPUB must have options.no_drop.
    int open(const std::shared_ptr<ctx_state_t> &ctx, socket_kind_t kind, const socket_options_t &options);
    bool is_open() const { return _socket.is_open(); }
    // Runs `use` on the socket; returns what it returned, or -1 and ENOTSOCK.
    int with_socket(const std::function<int(socket_t &)> &use);
    int disconnect(const std::string &endpoint) { return _socket.disconnect(endpoint); }
    int fd() const { return _fd.load(std::memory_order_relaxed); }

    // with_socket() may eat the wake-up of a thread in wait(). From now on that thread is woken. To be called
    // before any thread waits. Throws std::system_error.
    void share_descriptor() { _room = std::make_unique<wakeup_t>(); }
    // A thread is about to wait for room.
    void expect_waiter() { _starved = true; }

    bool room(std::size_t bytes) override;
    offer_t offer(wire_frame_t &frame) override;
    offer_t offer_where_room(wire_frame_t &frame) override;
    bool offer_filler(raw_message_t &filler) override { return _socket.send(filler) == 0; }
    void wait(int slice_ms) override;
    // Frames that were taken leave within the socket's linger_ms.
    void end() override;

  private:
    bool send(wire_frame_t &frame);

    socket_t _socket;
    bool _starved = false; // a thread waits for room
    std::atomic<int> _fd{-1};
    std::unique_ptr<wakeup_t> _room; // set before the first wait
};
}
