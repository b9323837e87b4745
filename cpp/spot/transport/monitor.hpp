// What happens to the connections of one socket. Owned and read by the service thread; the socket itself
// may belong to somebody else (libzmq guards its monitor with a lock of its own).
#pragma once

#include <memory>
#include <string>

#include "spot/transport/socket.hpp"

namespace spot
{
enum class connection_change_t
{
    made,    // its handshake included
    ended,   // libzmq connects again and says so (`retried`), or gives it up for good: the peer broke a rule
    retried, // libzmq will connect again
};

struct connection_event_t
{
    connection_change_t change = connection_change_t::ended;
    std::string endpoint; // as it was given to connect()
};

class monitor_t
{
  public:
    // 0, or -1 and errno. `name` must be unique in the context.
    int open(const std::shared_ptr<ctx_state_t> &ctx, socket_t &watched, const std::string &name);
    void close() { _pair.close(); }
    // False when there is no further event now. Throws std::bad_alloc, and then it is still the next.
    bool next(connection_event_t &event);
    socket_t &socket() { return _pair; }

  private:
    raw_message_t _head, _address;
    bool _holds = false; // those of an event that next() has not given yet
    socket_t _pair;
};
}
