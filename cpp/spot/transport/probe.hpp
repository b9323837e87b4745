// Finds out what is at an endpoint where libzmq gets no connection: libzmq tries again and again and tells
// nobody why. A probe makes one connection of its own, says as much of ZMTP as it takes to hear what kind of
// socket answers (a greeting), and ends it before the other side could take it for a peer.
//
// Ownership: one thread. Nothing here waits: look() is to be called again and again until there is an answer.
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
        refused,
        no_route,
        timed_out,
        no_socket,   // this process has no descriptor left, or no memory: error() tells
        other_error, // error() tells
        hung_up,     // took the connection, and ended it without a word
        mute,        // took the connection, and said nothing
        http,
        not_zeromq,
        zeromq, // socket_type() tells of which kind, if it said so
    };

    probe_t() = default;
    ~probe_t() { end(); }
    probe_t(const probe_t &) = delete;
    probe_t &operator=(const probe_t &) = delete;

    // Begins anew. `endpoint`: tcp with an address for a host, or ipc.
    void start(const endpoint_t &endpoint, millis_t now);
    found_t look(millis_t now);
    found_t found() const { return _found; }
    void end();

    bool under_way() const { return _fd >= 0 || _found != found_t::nothing_yet; }
    int error() const { return _error; }
    const std::string &socket_type() const { return _socket_type; }

    static bool can(const endpoint_t &endpoint) { return endpoint.scheme != scheme_t::inproc; }
    static constexpr millis_t connect_patience_ms = 2000;
    static constexpr millis_t answer_patience_ms = 1000;

  private:
    found_t conclude(found_t found);
    found_t failed(int error);
    found_t look_at_connection(millis_t now);
    found_t look_at_answer(millis_t now);
    // Of what has come so far.
    found_t judge();

    int _fd = -1;
    bool _connected = false;
    bool _ended_line = false;
    millis_t _began = 0; // this part of it
    found_t _found = found_t::nothing_yet;
    int _error = 0;
    std::string _heard;
    std::string _socket_type;
};
}
