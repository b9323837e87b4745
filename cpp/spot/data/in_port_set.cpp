#include "spot/data/in_port_set.hpp"

#include <algorithm>

namespace spot
{
void in_port_set_t::remove(inbound_port_t &port)
{
    const auto found = std::find(_ports.begin(), _ports.end(), &port);
    if (found == _ports.end())
        return;
    if (static_cast<std::size_t>(found - _ports.begin()) < _turn)
        --_turn;
    _ports.erase(found);
}

arrival_result_t in_port_set_t::take(arrival_t &out, inbound_port_t **from)
{
    for (std::size_t asked = 0; asked < _ports.size(); ++asked) {
        if (_turn >= _ports.size())
            _turn = 0;
        inbound_port_t *const port = _ports[_turn++];
        const arrival_result_t result = port->take(out);
        if (result == arrival_result_t::none)
            continue;
        if (from)
            *from = port;
        return result;
    }
    return arrival_result_t::none;
}

bool in_port_set_t::ready()
{
    return std::any_of(_ports.begin(), _ports.end(), [](inbound_port_t *port) { return port->ready(); });
}

bool in_port_set_t::wait(int slice_ms)
{
    _polled.clear();
    for (const inbound_port_t *const port : _ports)
        _polled.add(port->fd());
    if (ready()) // last: sleeping on a descriptor is allowed right after it
        return true;
    _polled.wait(slice_ms);
    return ready();
}
}
