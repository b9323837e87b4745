// How long this node waits for one peer to confirm what it subscribes to: when it gives the peer up, for how
// long it then asks for no confirmation, and for how long the calls of users wait for the peer.
//
// Thread safety: none; the owner of the peer calls it. Pure: it reads no clock. Every time is a duration that
// the owner has seen pass, so that the time in which the owner's thread did not run counts against no peer.
//
// Invariants:
//  1. 0 <= patience() <= longest_patience_ms. Only time in a handshake uses it up, and only time UP earns it.
//  2. A peer is held off only after it was UP and was given up more than once; each further time for twice as
//     long, and never longer than longest_hold_ms. Good conduct for good_conduct_ms makes it the first time.
#pragma once

#include "spot/base/clock.hpp"
#include "spot/base/types.hpp"

namespace spot::registry
{
class confirmation_t
{
  public:
    // How long subscribe() waits for a peer that is still in its handshake: most are done within
    // milliseconds, and one that is not will get the subscription when it is.
    static constexpr millis_t longest_patience_ms = 1000;
    static constexpr millis_t longest_hold_ms = 300000;
    static constexpr millis_t good_conduct_ms = 2 * longest_hold_ms;
    // So long, over one connection, a peer is not blamed while a list of its topics is being taken in.
    static constexpr millis_t most_spared_ms = 30000;

    explicit confirmation_t(millis_t heartbeat_ms);

    // A call waits no longer than this for a peer that is UP and speaks, and does not confirm.
    static millis_t longest_for_a_call(millis_t heartbeat_ms);

    // How long a call waits for the peer while it is in its handshake.
    millis_t patience() const { return _credit / earned_in; }
    bool is_held_off() const { return _held_off > 0; }
    // How long an echo may take before the data connection is made anew, if `base` is that time for a peer in
    // good standing. A peer that was given up gets more and more.
    millis_t retry_after(millis_t base) const;

    // What the owner sees of the peer when it looks.
    struct view_t
    {
        peer_state_t state;
        bool awaits; // an echo
        bool speaks; // it was heard of lately
    };
    enum class verdict_t
    {
        wait,
        ask,     // it is held off no more: ask for its confirmation
        give_up, // it speaks, and its echo does not come
    };
    verdict_t looked(const view_t &view, millis_t passed);
    // Whether a list of its topics, which is being taken in, excuses it for the time that has passed: its
    // confirmation may lie unread behind the list.
    bool excuse(bool list_in_hand, millis_t passed);

    void gave_up(bool was_up);
    void retried() { ++_retries; } // a data connection of a peer that was given up
    void connection_ended() { _spared = 0; }
    // Another node answers there. What the last one did counts only for how often, and for the patience.
    void another_node();

  private:
    // Ten milliseconds UP earn one of patience.
    static constexpr millis_t earned_in = 10;
    static constexpr millis_t full_credit = earned_in * longest_patience_ms;

    millis_t _heartbeat;
    millis_t _credit = full_credit;
    int _times = 0;            // that it was UP and was given up
    int _retries = 0;          // of its data connections, since it was given up
    millis_t _held_off = 0;    // for so long yet it is asked for nothing
    millis_t _missing_for = 0; // for so long it has spoken while an echo was missing
    millis_t _up_for = 0;      // since it was given up
    millis_t _spared = 0;      // on this connection
};
}
