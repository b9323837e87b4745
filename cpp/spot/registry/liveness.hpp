// Is a peer alive? Pure: time is an argument, in milliseconds. PROTOCOL.md, "Liveness" and "States".
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

    // A peer that was never heard is to be from now on: its silence counts like that of one that was.
    void expect(millis_t now);
    void heard(millis_t now);   // anything arrived from the peer
    void greeted(millis_t now); // a HELLO went out
    // Somebody looked, `passed` after the last look at most: what had arrived until now was heard. Whoever
    // does not get to run for long has not listened meanwhile, and must not take that for silence.
    void looked(millis_t now, millis_t passed);
    // Something must be said: the peer was silent for one heartbeat, and nothing was said for one.
    bool must_greet(millis_t now) const;
    // Silent for three heartbeats, with somebody listening for most of the time since it was to be greeted.
    // False for a peer that was neither heard nor expected.
    bool silent(millis_t now) const;
    // Heard within a heartbeat, or that and the time that it is given for an answer.
    bool lively(millis_t now) const { return _ever_heard && 2 * (now - _last_heard) <= 3 * _heartbeat; }
    bool ever_heard() const { return _ever_heard; }
    // When must_greet or silent may next turn true; `now` if must_greet is true already. A peer that is
    // silent already is only asked about greeting.
    millis_t next_check(millis_t now) const;

    static constexpr int missed_limit = 3;
    // A year; keeps sums of times from overflowing.
    static constexpr millis_t longest_heartbeat_ms = 365LL * 24 * 3600 * 1000;

  private:
    millis_t greet_at(millis_t now) const;
    bool awaited() const { return _ever_heard || _expected; }
    millis_t silent_at() const; // of a peer that is awaited

    millis_t _heartbeat;
    millis_t _last_heard = 0; // or expected
    millis_t _last_greeted = 0;
    millis_t _listened = 0; // since the peer has been silent for a heartbeat
    bool _expected = false;
    bool _ever_heard = false;
    bool _ever_greeted = false;
};
}
