// Decides whether a peer is alive, and when to send it a HELLO. PROTOCOL.md, "Liveness" and "States".
//
// Thread safety: none; one thread uses it. Pure: time is an argument, in milliseconds.
#pragma once

#include <algorithm>

#include "spot/base/clock.hpp"

namespace spot::registry
{
class liveness_t
{
  public:
    explicit liveness_t(millis_t heartbeat_ms)
        : _heartbeat(std::clamp<millis_t>(heartbeat_ms, 1, longest_heartbeat_ms))
    {
    }

    // From now on the silence of a peer that was never heard counts, too.
    void expect(millis_t now);
    void heard(millis_t now);   // a message arrived from the peer
    void greeted(millis_t now); // a HELLO was sent to the peer
    // The caller has read all messages that had arrived by now; its last look was `passed` ago. A process
    // that was stopped has not listened meanwhile: a long `passed` counts as little more than half a
    // heartbeat, so that the stop is not taken for the peer's silence.
    void looked(millis_t now, millis_t passed);
    // A HELLO is due: the peer was silent for one heartbeat, and none was sent to it for one heartbeat.
    bool must_greet(millis_t now) const;
    // The peer was silent for three heartbeats, and the caller listened for at least half of that time. False
    // for a peer that was neither heard nor expected.
    bool silent(millis_t now) const;
    // The peer was heard within the last one and a half heartbeats.
    bool lively(millis_t now) const { return _ever_heard && 2 * (now - _last_heard) <= 3 * _heartbeat; }
    bool ever_heard() const { return _ever_heard; }
    // The time at which must_greet() or silent() may next become true; `now` if must_greet() is true already.
    // For a peer that is silent already, the time at which must_greet() may.
    millis_t next_check(millis_t now) const;

    static constexpr int missed_limit = 3;
    // A year, in milliseconds: sums of times cannot overflow.
    static constexpr millis_t longest_heartbeat_ms = 365LL * 24 * 3600 * 1000;

  private:
    millis_t greet_at(millis_t now) const;
    bool awaited() const { return _ever_heard || _expected; }
    millis_t silent_at() const; // the peer must be awaited

    millis_t _heartbeat;
    millis_t _last_heard = 0; // or when expect() was called
    millis_t _last_greeted = 0;
    millis_t _listened = 0; // how long the caller has listened since the peer was silent for a heartbeat
    bool _expected = false;
    bool _ever_heard = false;
    bool _ever_greeted = false;
};
}
