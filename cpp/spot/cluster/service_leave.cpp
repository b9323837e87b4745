// service_t: how a node leaves in good order.
#include <algorithm>
#include <chrono>

#include "spot/base/slice.hpp"
#include "spot/cluster/service.hpp"
#include "spot/transport/poll.hpp"

namespace spot
{
namespace
{
constexpr millis_t bye_patience_ms = 100;
constexpr millis_t bye_slice_ms = 10;
constexpr std::chrono::milliseconds bye_time{bye_slice_ms};
}

// libzmq throws away what a DEALER with ZMQ_IMMEDIATE has not read when its connection ends, BYE included. So
// the node waits for the peers' answers to BYE, for a short time, before it closes the ROUTER.
void service_t::leave()
{
    _membership.close();
    _peers.close();
    if (!_server.router().is_open())
        return;
    hand_over_the_rest();
    _server.nodes().say_bye();
    const int fd = _server.router().fd();
    // A machine that stalls stops the peers on it as well. That time does not count.
    millis_t waited = 0;
    for (millis_t before = now_ms(); _server.nodes_left() && waited < bye_patience_ms;) {
        slice_t slice(bye_time);
        _server.process(before, slice);
        if (!_server.unfinished() && _server.nodes_left())
            wait_readable(&fd, 1, bye_slice_ms);
        const millis_t now = now_ms();
        waited += std::min(now - before, 2 * bye_slice_ms);
        before = now;
    }
}

// Plain subscribers get what was published before the end, as far as they have room for it in time.
void service_t::hand_over_the_rest()
{
    const deadline_t deadline(_options.linger_ms / 4);
    _server.relay().process();
    while ((_server.relay().unfinished() || _server.relay().waits()) && !deadline.passed()) {
        if (_server.relay().waits()) {
            const int fd = _mailbox->wakeup().fd();
            wait_readable(&fd, 1, bye_slice_ms);
            _mailbox->wakeup().clear();
        }
        _server.relay().process();
    }
    _server.relay().give_up_waiting();
    do
        _server.relay().process();
    while (_server.relay().unfinished());
}
}
