#include "spot/transport/monitor.hpp"

#include <cstdint>
#include <cstring>

#include "spot/transport/socket_profiles.hpp"

namespace spot
{
int monitor_t::open(const std::shared_ptr<ctx_state_t> &ctx, socket_t &watched, const std::string &name)
{
    const std::string endpoint = "inproc://" + name;
    constexpr int events = ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_CONNECT_RETRIED;
    if (watched.monitor(endpoint, events) != 0)
        return -1;
    if (_pair.open(ctx, monitor_profile()) != 0)
        return -1;
    return _pair.connect(endpoint);
}

bool monitor_t::next(connection_event_t &event)
{
    if (!_holds) {
        if (_pair.recv(_head) != 0)
            return false;
        _address = raw_message_t();
        if (_head.more())
            _pair.recv(_address);
        _holds = true;
    }
    std::uint16_t kind = 0;
    if (_head.size() >= sizeof kind)
        std::memcpy(&kind, _head.data(), sizeof kind);
    event.change = kind == ZMQ_EVENT_HANDSHAKE_SUCCEEDED ? connection_change_t::made
                   : kind == ZMQ_EVENT_CONNECT_RETRIED   ? connection_change_t::retried
                                                         : connection_change_t::ended;
    event.endpoint = std::string(_address.view());
    _holds = false;
    return true;
}
}
