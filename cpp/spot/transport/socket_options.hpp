// The options of one libzmq socket. socket_profiles.hpp says which role uses which values, and why.
//
// Thread safety: plain values.
#pragma once

#include <cstdint>

namespace spot
{
enum class socket_kind_t
{
    router,
    dealer,
    xpub,
    sub,
    xsub, // a SUB that does not filter a second time what the publisher's XPUB has filtered
    push,
    pull,
    pair,
};

// socket_t::open() sets all of these before the first bind or connect, because libzmq applies most options
// only to connections that begin afterwards.
struct socket_options_t
{
    // How many wire frames may wait in one direction of each connection. 0 means no limit. A full send queue
    // makes send() fail with EAGAIN (XPUB without no_drop: the message is dropped for that subscriber). A
    // full receive queue stops reading from the connection, so that TCP holds back the sender. Default: 1000,
    // as in libzmq.
    int send_hwm = 1000;
    int recv_hwm = 1000;

    // How long, in milliseconds, frames that were sent before close() may still take to leave.
    // Default: 0, close() throws them away.
    int linger_ms = 0;

    // The largest frame that is received. libzmq ends the connection of a peer that sends a larger one.
    // Default: -1, no limit.
    std::int64_t max_message_bytes = -1;

    // ZMQ_IMMEDIATE: frames are queued only for connections whose handshake is complete. Otherwise they wait
    // for a peer that is not there yet, and a peer that restarts receives what was meant for its predecessor.
    // Default: false.
    bool immediate = false;

    // XPUB only: a full subscriber makes send() fail with EAGAIN instead of losing the message.
    // Default: false.
    bool no_drop = false;

    // TCP keepalive: after one idle second the kernel sends a probe each second, and ends the connection
    // after three without an answer. This finds a machine that has vanished without closing its connections.
    // Default: false.
    bool keepalive = false;

    // ZMQ_TCP_MAXRT: the kernel ends a connection on which the peer acknowledged nothing for so many
    // milliseconds although something was sent. Keepalive does not probe while data is under way.
    // Default: 0, the system's own limit.
    int stall_timeout_ms = 0;
};

// A role's kind of socket and its options.
struct socket_profile_t
{
    socket_kind_t kind = socket_kind_t::pair;
    socket_options_t options;
};
}
