// The reason why a peer is not UP: one of a fixed list of causes, each with a text of its own, and a detail
// such as an address or a limit. docs/troubleshooting.md explains each text.
//
// Thread safety: none; plain values. The cluster layer keeps one trouble_t for each peer.
#pragma once

#include <array>
#include <cstddef>
#include <string>

#include "spot/base/clock.hpp"
#include "spot/base/log.hpp"

namespace spot::registry
{
enum class cause_t
{
    none,
    ended,            // its connection ended; it may come back at once
    silent,           // it spoke before, and has been silent for three heartbeats
    unanswered,       // it accepted the connection and never answered
    timed_out,        // the attempt to connect timed out
    no_route,         // there is no route to its address
    refused,          // the attempt to connect was refused
    name_unknown,     // its host name does not resolve
    no_connection,    // there is no connection for another reason of the system's; the detail names it
    broken_protocol,  // its answers break a rule of the protocol
    not_spot,         // another program listens there
    wrong_port,       // a node listens there, but this is not its control port
    data_unreachable, // it answers, but its data endpoint cannot be reached
    unconfirmed,      // it has a data connection, but leaves a fence unanswered
    limits,           // a limit of this node, or of the peer, was exceeded
    version,          // the two nodes have no version of the protocol in common
    other_cluster,    // it belongs to a cluster of another name
    left,             // it said BYE
};
inline constexpr std::size_t cause_count = static_cast<std::size_t>(cause_t::left) + 1;

// The text of a cause, without the detail; empty for `none`.
const char *text_of(cause_t cause);
// The level of its line in the log: INFO for `ended` and `left`, WARNING for the others.
log_level_t level_of(cause_t cause);

// One peer's current cause, and when each cause was last written to the log.
class trouble_t
{
  public:
    // `detail` is made printable, because a peer may have chosen it. False: nothing changed, because the
    // cause is known already, or it is `ended` or `silent`, which do not replace a more telling cause.
    bool set(cause_t cause, const std::string &detail);
    void clear(); // the peer is UP

    cause_t cause() const { return _cause; }
    // Such as "connection refused: tcp://127.0.0.1:5555"; empty when there is no cause.
    std::string text() const;
    // Whether the cause is to be written to the log: each at most once in quiet_ms, however often it comes
    // and goes.
    bool must_tell(millis_t now);

    static constexpr millis_t quiet_ms = 60000;

  private:
    cause_t _cause = cause_t::none;
    std::string _detail;
    std::array<millis_t, cause_count> _told_at{}; // 0: never
};
}
