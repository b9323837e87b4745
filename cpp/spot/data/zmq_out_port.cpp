#include "spot/data/zmq_out_port.hpp"

#include <cerrno>
#include <utility>

#include "spot/base/errors.hpp"
#include "spot/transport/poll.hpp"

namespace spot
{
namespace
{
offer_t failure()
{
    if (errno == EAGAIN)
        return offer_t::full;
    return errno == ENOMEM ? offer_t::no_memory : offer_t::closed;
}
}

int zmq_out_port_t::open(const std::shared_ptr<ctx_state_t> &ctx, socket_kind_t kind,
                         const socket_options_t &options)
{
    if (_socket.open(ctx, kind, options) != 0)
        return -1;
    _fd.store(_socket.fd(), std::memory_order_relaxed);
    return 0;
}

int zmq_out_port_t::with_socket(const std::function<int(socket_t &)> &use)
{
    if (!_socket.is_open())
        return fail(ENOTSOCK);
    const int result = use(_socket);
    if (_room && std::exchange(_starved, false))
        _room->set();
    return result;
}

bool zmq_out_port_t::room(std::size_t)
{
    return (_socket.events() & socket_t::writable) != 0;
}

bool zmq_out_port_t::send(wire_frame_t &frame)
{
    if (_socket.send(frame.head, frame.large) != 0)
        return false;
    // Once the first frame is in, libzmq takes the second whatever the high-water mark says.
    if (frame.large)
        _socket.send(frame.body);
    return true;
}

offer_t zmq_out_port_t::offer(wire_frame_t &frame)
{
    if (send(frame))
        return offer_t::taken;
    if (errno != EAGAIN)
        return failure();
    // A send looks only now and then at what the I/O threads told; reading the events makes it look.
    _socket.events();
    return send(frame) ? offer_t::taken : failure();
}

// An XPUB always fails when a subscriber is full, because it does not tell when it drops. Once it has dropped
// for one, it sends to the others without failing until that one has drained to its low-water mark.
offer_t zmq_out_port_t::offer_where_room(wire_frame_t &frame)
{
    _socket.set_no_drop(false);
    const offer_t result = send(frame) ? offer_t::taken : failure();
    _socket.set_no_drop(true);
    return result;
}

// The descriptor becomes readable when a subscriber has made room. Another use of the socket may eat that,
// and says so; another publisher may eat it too, hence the slice.
void zmq_out_port_t::wait(int slice_ms)
{
    const int fds[2] = {fd(), _room ? _room->fd() : -1};
    if (fds[0] < 0)
        return;
    wait_readable(fds, _room ? 2 : 1, slice_ms);
    if (_room)
        _room->clear();
}

void zmq_out_port_t::end()
{
    _fd.store(-1, std::memory_order_relaxed);
    _socket.close();
}
}
