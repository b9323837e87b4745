// Several ways in, taken from by turns, a frame at a time: a busy one does not hold up the others.
//
// Not thread-safe: the caller locks. The ports must outlive their place in the set.
#pragma once

#include <cstddef>
#include <vector>

#include "spot/data/in_port.hpp"
#include "spot/transport/poll.hpp"

namespace spot
{
class in_port_set_t
{
  public:
    // Throws std::bad_alloc, and then nothing has changed.
    void add(inbound_port_t &port) { _ports.push_back(&port); }
    void remove(inbound_port_t &port);
    std::size_t size() const { return _ports.size(); }

    // The next frame of the port whose turn it is, or of the first one behind it that has one. `from`, if not
    // null, gets the port.
    arrival_result_t take(arrival_t &out, inbound_port_t **from = nullptr);
    // Whether one of them is ready: see inbound_port_t::ready().
    bool ready();
    // Sleeps until one of them is ready, at most so long. Returns whether one is. The set must not change
    // meanwhile.
    bool wait(int slice_ms);

  private:
    std::vector<inbound_port_t *> _ports;
    poll_set_t _polled; // kept between waits
    std::size_t _turn = 0;
};
}
