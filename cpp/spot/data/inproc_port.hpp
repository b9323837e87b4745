// A way between two threads of one process: frames go by reference, nothing is copied and libzmq is not
// asked.
//
// Each end belongs to one thread or lock; the two ends may be used at the same time. Messages in libzmq's
// sense are used as reference-counted buffers only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "spot/data/in_port.hpp"
#include "spot/data/out_port.hpp"

namespace spot
{
// How much may wait between the ends. The first frame always fits, however large.
struct inproc_limits_t
{
    std::size_t frames = 1000;
    std::uint64_t bytes = UINT64_MAX;
};

struct inproc_ports_t
{
    std::shared_ptr<out_port_t> out;
    std::unique_ptr<inbound_port_t> in;
};

// The two ends of a new way. Throws std::bad_alloc and std::system_error (EMFILE, ENFILE).
inproc_ports_t make_inproc_ports(const inproc_limits_t &limits);
}
