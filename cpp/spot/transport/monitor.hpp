// Reads what libzmq tells of the connections of one socket: made, ended, tried again.
//
// Thread safety: for the service thread only. The watched socket may be another thread's: libzmq guards a
// socket's monitor with a lock of its own.
#pragma once

#include <memory>
#include <string>

#include "spot/transport/socket.hpp"

namespace spot
{
enum class connection_change_t
{
    made,    // the connection is complete, its ZMTP handshake included
    ended,   // it ended. If no `retried` follows, libzmq has given it up for good, because the peer broke a
             // rule
    retried, // libzmq will connect again
};

struct connection_event_t
{
    connection_change_t change = connection_change_t::ended;
    std::string endpoint; // as connect() got it
};

class monitor_t
{
  public:
    // Begins to watch. 0, or -1 and errno. `name` must be unique in the context.
    int open(const std::shared_ptr<ctx_state_t> &ctx, socket_t &watched, const std::string &name);
    // Call watched.end_monitor() before (see socket.hpp).
    void close() { _pair.close(); }
    // Reads the next event. False: there is none now. Throws std::bad_alloc; the event is then read by the
    // next call.
    bool next(connection_event_t &event);
    // The socket from which events are read, for polling.
    socket_t &socket() { return _pair; }

  private:
    raw_message_t _head, _address; // the frames of one event
    bool _holds = false;           // whether they hold an event that next() has not returned yet
    socket_t _pair;
};
}
