// The part of receiver_t that connects its socket and takes frames in ahead of it.
#include <cerrno>
#include <utility>

#include "spot/base/errors.hpp"
#include "spot/data/receiver.hpp"

namespace spot
{
int receiver_t::connect(const std::string &endpoint)
{
    const turn_t turn(*this);
    return _closed ? fail(ENOTSOCK) : _socket.connect(endpoint);
}

// libzmq cannot go on where a connection ends of which it has taken in half a message. So one message is
// taken out whole before the connection is cut.
void receiver_t::cut(const std::string &endpoint)
{
    _pending.push_from([&]() SPOT_REQUIRES(_mutex) { return receive_frame(); });
    _socket.disconnect(endpoint);
}

void receiver_t::disconnect(const std::string &endpoint)
{
    const turn_t turn(*this);
    if (_closed)
        return;
    cut(endpoint);
}

void receiver_t::retire(const std::string &endpoint)
{
    const turn_t turn(*this);
    if (_closed)
        return;
    // zmq_disconnect throws away the frames that are queued. No more of them than a high-water mark is taken
    // in: an application that takes no messages loses the rest, and the numbers show that.
    const auto receive = [&]() SPOT_REQUIRES(_mutex) { return receive_frame(); };
    while (!_pending.full() && _pending.push_from(receive)) {
    }
    cut(endpoint);
}

void receiver_t::purge_source(const wire::node_id_t &id)
{
    const turn_t turn(*this);
    if (_closed)
        return;
    if (!_cursor.empty() && _cursor.frame()->node_id == id)
        _cursor.drop();
    if (_next && _next->node_id == id)
        _next.reset();
    if (_lender.is_of(id))
        _lender.call_back(run_lender_t::fate_t::drop);
    _pending.erase_if([&](const frame_t &frame) { return frame.node_id == id; });
}

void receiver_t::touch()
{
    const turn_t turn(*this);
    if (_closed)
        return;
    _socket.events();
}

void receiver_t::inject(raw_message_t message)
{
    const turn_t turn(*this);
    if (_closed)
        return;
    // A full queue drops the message; the next one tells the loss by its number.
    arrival_t arrival{std::move(message), {}, false};
    if (!_pending.full())
        _pending.push_from([&]() SPOT_REQUIRES(_mutex) { return build_frame(arrival); });
}

int receiver_t::watch(const std::shared_ptr<ctx_state_t> &ctx, const std::string &name, monitor_t &monitor)
{
    const lock_t lock(_mutex);
    return _closed ? fail(ENOTSOCK) : monitor.open(ctx, _socket, name);
}

void receiver_t::unwatch()
{
    const lock_t lock(_mutex);
    if (!_closed)
        _socket.end_monitor();
}
}
