#include "spot/registry/session.hpp"

#include <algorithm>

namespace spot::registry
{
void session_t::begin(millis_t now)
{
    _version = 0;
    _stale = false;
    _since = now;
    _last_heard = now;
}

std::size_t session_t::first_change(std::uint64_t version, std::size_t count)
{
    // A node that has no list yet gets one with these changes in it.
    if (_version == 0 || _stale || _version >= version)
        return count;
    const std::uint64_t before = version - count;
    if (_version < before) {
        _stale = true;
        return count;
    }
    // A list that was made after some of the changes contains them.
    return static_cast<std::size_t>(_version - before);
}

void session_t::told_list(std::uint64_t version)
{
    _version = version;
    _stale = false;
}

void session_t::interrupted(std::uint64_t version)
{
    _stale = _stale || (_version != 0 && _version < version);
}

session_due_t session_t::due(millis_t now, millis_t heartbeat_ms) const
{
    const millis_t heartbeat = std::min(heartbeat_ms, expiry_ms);
    if (now - _last_heard > expiry_ms)
        return session_due_t::forget;
    if (_stale)
        return session_due_t::list;
    if (_version == 0)
        return now - _since < heartbeat ? session_due_t::nothing : session_due_t::first_version;
    return now - _last_heard >= silent_heartbeats * heartbeat ? session_due_t::version
                                                              : session_due_t::nothing;
}
}
