// What the server counts.
//
// Thread safety: any thread reads; the service thread writes (data/counters.hpp).
#pragma once

#include "spot/data/counters.hpp"

namespace spot
{
struct server_counters_t
{
    shared_counter_t malformed;  // control messages that broke a rule of the protocol
    shared_counter_t ignored;    // well-formed, but not for this node, or beyond a limit
    shared_counter_t overflowed; // messages that clients report as missed, or that the relay lost
    shared_counter_t cut_off;    // subscribers' connections that this node ended
};
}
