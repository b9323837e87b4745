// Why a peer is not UP: a cause of a fixed list, each with a text of its own, and a detail (an address, a
// limit). docs/troubleshooting.md goes by these texts.
//
// Ownership: plain values; peers_t keeps one trouble_t for each peer.
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
    ended,            // its connection ended, and it may be back at once
    silent,           // it spoke before
    unanswered,       // connected, and nothing of ours was ever answered
    timed_out,        // the connection attempt
    no_route,         // to its address
    refused,          // the connection attempt
    name_unknown,     // to the resolver
    no_connection,    // for another reason of the system's, which the detail names
    broken_protocol,  // it answers, and what it answers breaks a rule
    not_spot,         // something else listens there
    wrong_port,       // a node's, but not its control port
    data_unreachable, // it answers, but its data connection does not come about
    unconfirmed,      // the data connection stands, but a fence is not answered
    limits,           // of this node, or of the peer
    version,          // no common version of the protocol
    other_cluster,    // a node of another cluster name
    left,             // it said BYE
};
inline constexpr std::size_t cause_count = static_cast<std::size_t>(cause_t::left) + 1;

// Of a cause, without the detail; empty for none.
const char *text_of(cause_t cause);
// How it is told in the log: what is an ordinary course of events is not warned of.
log_level_t level_of(cause_t cause);

class trouble_t
{
  public:
    // False: it changes nothing. That is known already; or it says only that the peer is not there any more,
    // and it is known why it did not come UP.
    // `detail` may have been chosen by others: it is made printable.
    bool set(cause_t cause, const std::string &detail);
    void clear(); // it is UP

    cause_t cause() const { return _cause; }
    // "connection refused: tcp://127.0.0.1:5555"; empty when there is none.
    std::string text() const;
    // Whether the log is to hear of the cause: once until quiet_ms have passed, however often it comes and
    // goes.
    bool must_tell(millis_t now);

    static constexpr millis_t quiet_ms = 60000;

  private:
    cause_t _cause = cause_t::none;
    std::string _detail;
    std::array<millis_t, cause_count> _told_at{}; // 0: never
};
}
