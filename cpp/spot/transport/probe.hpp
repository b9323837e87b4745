// Finds out why libzmq gets no connection to an endpoint, since libzmq only tries again and reports no
// reason. A probe makes one connection of its own, sends a greeting of ZMTP
// (https://rfc.zeromq.org/spec/23/), reads what kind of socket answers, and ends the connection before the
// other side takes it for a peer.
//
// Thread safety: for one thread. No function waits: the owner calls look() until there is an answer.
#pragma once

#include <string>

#include "spot/base/clock.hpp"
#include "spot/transport/endpoint.hpp"

namespace spot
{
class probe_t
{
  public:
    enum class found_t
    {
        nothing_yet,
        refused,     // the connection was refused, or there is no such ipc socket
        no_route,    // the host or its network cannot be reached
        timed_out,   // no connection within connect_patience_ms
        no_socket,   // this process could not make a socket; error() is the errno
        other_error, // error() is the errno
        hung_up,     // the other side accepted the connection and ended it without sending anything
        mute,        // the other side accepted the connection and sent nothing within answer_patience_ms
        http,        // the other side speaks HTTP
        not_zeromq,  // the other side sent something that is not ZMTP
        zeromq,      // the other side speaks ZMTP; socket_type() is its kind, empty if it did not say
    };

    probe_t() = default;
    ~probe_t() { end(); }
    probe_t(const probe_t &) = delete;
    probe_t &operator=(const probe_t &) = delete;

    // Ends an earlier probe and begins one. `endpoint`: tcp whose host is an address, or ipc.
    void start(const endpoint_t &endpoint, millis_t now);
    // Takes the next step if it can be taken without waiting, and returns found().
    found_t look(millis_t now);
    found_t found() const { return _found; }
    // Closes the connection and forgets the answer.
    void end();

    // From start() to end().
    bool under_way() const { return _fd >= 0 || _found != found_t::nothing_yet; }
    int error() const { return _error; }                            // an errno; 0: none
    const std::string &socket_type() const { return _socket_type; } // such as "ROUTER"

    // Whether an endpoint can be probed.
    static bool can(const endpoint_t &endpoint) { return endpoint.scheme != scheme_t::inproc; }
    static constexpr millis_t connect_patience_ms = 2000;
    static constexpr millis_t answer_patience_ms = 1000;

  private:
    found_t conclude(found_t found);
    found_t failed(int error);
    found_t look_at_connection(millis_t now);
    found_t look_at_answer(millis_t now);
    // Decides from the bytes received so far.
    found_t judge();

    int _fd = -1;
    bool _connected = false;
    bool _ended_line = false; // whether a line end was sent after the greeting
    millis_t _began = 0;      // when the attempt to connect, or the wait for an answer, began
    found_t _found = found_t::nothing_yet;
    int _error = 0;
    std::string _heard; // the bytes received so far
    std::string _socket_type;
};
}
