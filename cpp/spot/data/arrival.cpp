#include "spot/data/arrival.hpp"

namespace spot
{
arrival_result_t take_arrival(socket_t &socket, arrival_t &out)
{
    if (socket.recv(out.head) != 0)
        return arrival_result_t::none;
    out.multipart = out.head.more();
    if (!out.multipart)
        return arrival_result_t::taken;
    socket.recv(out.body);
    raw_message_t rest;
    bool extra = false;
    for (bool more = out.body.more(); more; more = rest.more()) {
        extra = true;
        if (socket.recv(rest) != 0)
            break;
    }
    return extra ? arrival_result_t::malformed : arrival_result_t::taken;
}
}
