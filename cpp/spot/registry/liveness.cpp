#include "spot/registry/liveness.hpp"

#include <algorithm>

namespace spot::registry
{
void liveness_t::expect(millis_t now)
{
    if (awaited())
        return;
    _last_heard = now;
    _expected = true;
}

void liveness_t::heard(millis_t now)
{
    _last_heard = now;
    _ever_heard = true;
    _listened = 0;
}

void liveness_t::greeted(millis_t now)
{
    _last_greeted = now;
    _ever_greeted = true;
}

void liveness_t::looked(millis_t now, millis_t passed)
{
    if (awaited() && now - _last_heard >= _heartbeat)
        _listened += std::min(passed, _heartbeat / 2 + 1);
}

bool liveness_t::must_greet(millis_t now) const
{
    return now >= greet_at(now);
}

bool liveness_t::silent(millis_t now) const
{
    return awaited() && now >= silent_at() && 2 * _listened >= missed_limit * _heartbeat;
}

millis_t liveness_t::next_check(millis_t now) const
{
    // The time at which a peer became silent is past: returning it would make a loop that sleeps until then
    // spin.
    const millis_t greet = std::max(now, greet_at(now));
    return awaited() && silent_at() > now ? std::min(greet, silent_at()) : greet;
}

// `now` for a peer that was neither heard nor greeted yet.
millis_t liveness_t::greet_at(millis_t now) const
{
    const millis_t after_hearing = _ever_heard ? _last_heard + _heartbeat : now;
    const millis_t after_greeting = _ever_greeted ? _last_greeted + _heartbeat : now;
    return std::max(after_hearing, after_greeting);
}

millis_t liveness_t::silent_at() const
{
    return _last_heard + missed_limit * _heartbeat;
}
}
