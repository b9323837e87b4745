// How far one node has been told of this node's LOCAL topics (TOPICS), and when it is told again.
//
// A version counts the changes of the LOCAL topics. A session is in one of three states:
//
//   new      version 0: the node has no list from here yet, as far as this node knows.
//   current  the node was told everything up to the version.
//   stale    the node could not be told something, for want of room or of memory. It is told no further
//            change until it has got the whole list.
//
// Invariants:
//   1. A session that is not current is told no changes: changes without the list before them would make the
//      node believe in a list that never was.
//   2. The version never goes down, but for begin(), which makes the session new.
//   3. The first call of due() after a session became stale says `list`, unless the session has expired.
//
// Thread safety: none; the owner's. (In a node: the service thread.)
#pragma once

#include <cstddef>
#include <cstdint>

#include "spot/base/clock.hpp"

namespace spot::registry
{
// What a session needs at a heartbeat.
enum class session_due_t
{
    nothing,
    forget,        // nothing was heard of the node for session_t::expiry_ms
    list,          // the session is stale: the whole list
    first_version, // the session is new, and the node never asked. It may have a list from before this node
                   // forgot it: adopt() and tell it the version
    version,       // the node has been silent: a version without changes finds out whether it is there
};

class session_t
{
  public:
    static constexpr millis_t expiry_ms = 60000;
    // A node says something at least once a heartbeat unless it hears from this one. After so many heartbeats
    // of silence it is told something.
    static constexpr int silent_heartbeats = 2;

    // Another node is there, or the same one anew: the session is new.
    void begin(millis_t now);
    // Any message arrived.
    void heard(millis_t now) { _last_heard = now; }

    std::uint64_t version() const { return _version; }
    bool stale() const { return _stale; }

    // `count` changes led to `version`. Returns the index of the first one that the node is to be told now;
    // `count`: none. A gap between the session's version and the first change makes the session stale.
    std::size_t first_change(std::uint64_t version, std::size_t count);
    // The node was told the changes up to that version.
    void told_changes(std::uint64_t version) { _version = version; }
    // The node was told the whole list of that version; the session is current.
    void told_list(std::uint64_t version);
    // The node was told its version without changes, or could not be (then the session is stale).
    void told_version(bool sent) { _stale = !sent; }
    // A new session is taken to be at that version.
    void adopt(std::uint64_t version) { _version = version; }
    // The node could not be told something.
    void missed() { _stale = true; }
    // Telling of the changes up to that version was cut short: the node may have missed some.
    void interrupted(std::uint64_t version);

    session_due_t due(millis_t now, millis_t heartbeat_ms) const;

  private:
    std::uint64_t _version = 0;
    bool _stale = false;
    millis_t _since = 0; // begin()
    millis_t _last_heard = 0;
};
}
