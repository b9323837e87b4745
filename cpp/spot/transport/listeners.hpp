// The listening sockets of this process. A forked child inherits their descriptors, and would keep each port
// or path in use after its parent has closed it. So the child closes them in a fork handler.
//
// Thread safety: any thread.
#pragma once

#include "spot/transport/endpoint.hpp"

namespace spot
{
// Notes the socket on which libzmq listens at `bound`. If its descriptor cannot be found, or there is no
// memory, children keep the descriptor.
void note_listener(const endpoint_t &bound);
}
