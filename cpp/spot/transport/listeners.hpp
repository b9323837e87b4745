// What this process listens on. A forked child inherits it, and would keep the port (or the path) taken after
// its parent has let go of it, though it never accepts a connection: so the child closes it at once.
#pragma once

#include "spot/transport/endpoint.hpp"

namespace spot
{
// `bound` is an endpoint that libzmq listens on by now. Any thread. Where the descriptor cannot be found, or
// there is no memory, a child keeps it.
void note_listener(const endpoint_t &bound);
}
