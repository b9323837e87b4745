// How an attempt to send ended.
#pragma once

namespace spot
{
enum class send_t
{
    sent,
    full,   // no room now; nothing was sent
    busy,   // only of calls that do not wait for the lock: another thread holds the sink's mutex
    gone,   // the route ended: ask for the topic's outlet again
    closed, // the node was closed
    too_large,
    no_memory,
};
}
