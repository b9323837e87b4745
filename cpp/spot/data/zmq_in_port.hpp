// A way in over a libzmq socket: an XSUB that is connected to any number of XPUBs.
//
// Not thread-safe: the lock of the owner guards it, except for fd().
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "spot/data/in_port.hpp"
#include "spot/transport/socket.hpp"

namespace spot
{
class zmq_in_port_t final : public inbound_port_t
{
  public:
    // 0, or -1 and errno.
    int open(const std::shared_ptr<ctx_state_t> &ctx, const socket_options_t &options)
    {
        return _socket.open(ctx, socket_kind_t::xsub, options);
    }
    int connect(const std::string &endpoint) { return _socket.connect(endpoint); }

    arrival_result_t take(arrival_t &out) override { return take_arrival(_socket, out); }
    bool ready() override { return (_socket.events() & socket_t::readable) != 0; }
    int fd() const override { return _socket.fd(); }
    void subscribe(std::string_view filter) override { _socket.subscribe(filter); }
    void unsubscribe(std::string_view filter) override { _socket.unsubscribe(filter); }
    void close() override { _socket.close(); }

  private:
    socket_t _socket;
};
}
