// One profile for each role that a socket has in a node: its kind and its options. Nothing else in the
// project fills in socket_options_t.
//
//   role               kind    talks to                           carries
//   control_server     ROUTER  the control_client of each node    control messages, both ways
//   control_client     DEALER  the control_server of one node     control messages, both ways
//   data_publisher     XPUB    the data_receiver of each queue    messages out, subscriptions in
//   data_receiver      XSUB    the data_publishers of all nodes   messages in, subscriptions out
//   ingress_sender     PUSH    the ingress_receiver of an owner   messages to topics that the owner has
//   ingress_receiver   PULL    the ingress_senders of all nodes   the same
//   relay              SUB     the node's own data_publisher      messages on their way to plain subscribers
//   monitor            PAIR    libzmq's own monitor               events of one socket's connections
//
// What all of them share stands in socket_t::open(): the time that a handshake and a connection attempt may
// take, and the pauses between attempts.
//
// Thread safety: pure functions.
#pragma once

#include <cstdint>

#include "spot/base/clock.hpp"
#include "spot/transport/socket_options.hpp"

namespace spot
{
// The ROUTER that other nodes and plain programs talk to.
//   send_hwm 0        libzmq counts frames, but one answer may be megabytes. client_backlog_t limits what
//                     waits for each client by bytes instead.
//   recv_hwm 1000     The service thread reads in turns. Clients that send faster wait in TCP.
//   linger_ms         The node's own option: BYE leaves before the socket closes.
//   max_message_bytes wire::max_readable_frame_bytes: a frame that is longer than a control message may be is
//                     still read, so that it can be counted and named in the log.
//   keepalive         A client whose machine vanished gives back its place.
socket_profile_t control_server_profile(int linger_ms);

// The DEALER that talks to one peer's control_server. `silence_ms` is how long a peer may be silent before it
// is DOWN.
//   send_hwm, recv_hwm 10000  One control message may have very many frames (a full topic list), but few
//                     messages ever wait.
//   immediate         What is queued for a peer that went must not reach the node that comes in its place.
//   stall_timeout_ms  `silence_ms`, within 1 s and 30 s: heartbeats may be shorter than one retransmission,
//   and
//                     longer than a day. While a HELLO is under way keepalive does not probe, and the kernel
//                     sends it again at growing intervals; after a cut of 45 s the next attempt would come 6
//                     s after the network has healed. Even a frozen process acknowledges control messages
//                     (its kernel does), so that no peer is cut off that is there.
//   keepalive, max_message_bytes, linger_ms  As for control_server.
socket_profile_t control_client_profile(int linger_ms, millis_t silence_ms);

// The XPUB of all LOCAL topics.
//   send_hwm          The node's own option. stream_writer_t replaces it by a mark that also heeds bytes.
//   recv_hwm 0        Subscriptions arrive here. libzmq would drop those beyond a limit without a word.
//   no_drop           The sink decides what happens when a subscriber is full, and counts it.
//   stall_timeout_ms  `stall_timeout_ms` and 5 s more: the kernel's own cut-off names no cause, so it comes
//                     after the node's own, where that one does not apply. 0 or less: the system's own limit.
//   max_message_bytes The longest subscription: one byte and a filter.
//   keepalive         A subscriber whose machine vanished no longer holds up publishers.
//   linger_ms         The node's own option: messages leave before the socket closes.
socket_profile_t data_publisher_profile(int send_hwm, int linger_ms, int stall_timeout_ms);

// The XSUB of one receive queue.
//   send_hwm 0        Its filters are sent. libzmq would drop those beyond a limit without a word.
//   recv_hwm          `recv_hwm`, a mark that the caller derived from the limits in frames and in bytes.
//   max_message_bytes `largest_frame`. The caller leaves room above max_message_bytes for messages that are
//                     too large, so that they are counted instead of ending the connection.
//   keepalive         An owner whose machine vanished is connected to anew.
//   linger_ms         The node's own option: the last unsubscriptions leave.
socket_profile_t data_receiver_profile(int recv_hwm, int linger_ms, std::int64_t largest_frame);

// The PUSH to the ingress of a topic's owner.
//   send_hwm          The node's own option. stream_writer_t replaces it by a mark that also heeds bytes.
//   max_message_bytes 4096: a PULL sends nothing but ZMTP commands.
//   keepalive         An owner whose machine vanished is connected to anew.
//   linger_ms         The node's own option: messages leave before the socket closes.
socket_profile_t ingress_sender_profile(int send_hwm, int linger_ms);

// The PULL that takes other nodes' messages to LOCAL topics.
//   recv_hwm, max_message_bytes  As for data_receiver.
//   keepalive         A sender whose machine vanished gives back its descriptor.
socket_profile_t ingress_receiver_profile(int recv_hwm, std::int64_t largest_frame);

// The SUB that reads the node's own messages for plain subscribers. It connects within the process.
//   send_hwm 0        Its filters are sent. libzmq would drop those beyond a limit without a word.
//   recv_hwm 1000     While a plain subscriber has no room the relay does not read. Then the XPUB has no room
//                     either, and publishers wait (overflow "block").
socket_profile_t relay_profile();

// The PAIR that reads the events of another socket's connections.
//   recv_hwm 0        libzmq's I/O thread writes the events, and would wait for room.
socket_profile_t monitor_profile();
}
