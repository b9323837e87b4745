#include "spot/registry/confirmation.hpp"

#include <algorithm>

#include "spot/registry/liveness.hpp"

namespace spot::registry
{
namespace
{
// A call waits for a peer that speaks no longer than two greetings take to be answered. Where heartbeats are
// short, it waits as long as a busy machine may take for that.
constexpr millis_t heartbeats_for_a_call = 2;
constexpr millis_t least_for_a_call_ms = 1000;
// A connection that is made, or made anew, may need its time.
constexpr millis_t heartbeats_for_a_connection = 3;
constexpr millis_t least_for_a_connection_ms = 5000;
constexpr int most_hold_doublings = 10;
constexpr int most_retry_doublings = 5;

millis_t bounded(millis_t heartbeat_ms)
{
    return std::min(heartbeat_ms, liveness_t::longest_heartbeat_ms);
}
}

confirmation_t::confirmation_t(millis_t heartbeat_ms) : _heartbeat(bounded(heartbeat_ms)) {}

millis_t confirmation_t::longest_for_a_call(millis_t heartbeat_ms)
{
    return std::max(heartbeats_for_a_call * bounded(heartbeat_ms), least_for_a_call_ms);
}

millis_t confirmation_t::retry_after(millis_t base) const
{
    return base << std::min(_retries, most_retry_doublings);
}

confirmation_t::verdict_t confirmation_t::looked(const view_t &view, millis_t passed)
{
    if (view.state == peer_state_t::up) {
        _credit = std::min(_credit + passed, full_credit);
        _up_for += passed;
        if (_up_for >= good_conduct_ms)
            _times = 0;
    }
    if (is_held_off()) {
        _held_off -= passed;
        return is_held_off() ? verdict_t::wait : verdict_t::ask;
    }
    if (!view.awaits) {
        _missing_for = 0;
        return verdict_t::wait;
    }
    if (view.state == peer_state_t::connecting)
        _credit = std::max<millis_t>(0, _credit - earned_in * passed);
    if (view.speaks)
        _missing_for += passed;
    const millis_t limit = std::max(heartbeats_for_a_connection * _heartbeat, least_for_a_connection_ms);
    return view.state != peer_state_t::down && _missing_for >= limit ? verdict_t::give_up : verdict_t::wait;
}

bool confirmation_t::excuse(bool list_in_hand, millis_t passed)
{
    if (!list_in_hand || _spared >= most_spared_ms)
        return false;
    _spared += passed;
    return true;
}

void confirmation_t::gave_up(bool was_up)
{
    _missing_for = 0;
    _retries = 0;
    _up_for = 0;
    if (!was_up || ++_times <= 1)
        return;
    const int doublings = std::min(_times - 1, most_hold_doublings);
    _held_off = std::min(_heartbeat << doublings, longest_hold_ms);
}

void confirmation_t::another_node()
{
    const confirmation_t before = *this;
    *this = confirmation_t(_heartbeat);
    _times = before._times;
    _credit = before._credit;
}
}
