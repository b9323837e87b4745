// server_t: how clients and connections end, in all rooms at once.
#include <algorithm>
#include <vector>

#include "spot/cluster/server.hpp"
#include "spot/transport/connection.hpp"
#include "spot/wire/envelope.hpp"

namespace spot
{
namespace
{
constexpr millis_t tending_spacing_ms = 250;
}

// The client's record goes last: while it is there, what was cut short is done again.
void server_t::forget(const std::string &address)
{
    const client_t *const client = _clients.find(address);
    if (!client)
        return;
    _programs.end_subscriptions(address);
    _callers.forget_address(address);
    _nodes.end_session(address, *client);
    _clients.erase(address);
}

// The connection has ended. Nodes keep their sessions: silence ends them, and the nodes may be on their way
// back.
void server_t::forget_programs(const std::string &routing_id)
{
    const caller_t *const caller = _callers.find(routing_id);
    if (!caller)
        return;
    _answers.forget(routing_id);
    // A copy: each address that is forgotten goes from there.
    const std::unordered_set<std::string> addresses = caller->addresses;
    for (const std::string &address : addresses)
        if (_clients.is_program(address))
            forget(address);
        else
            _programs.end_subscriptions(address);
}

void server_t::drop_caller(const std::string &routing_id)
{
    const caller_t *const caller = _callers.find(routing_id);
    if (!caller)
        return;
    const std::unordered_set<std::string> addresses = caller->addresses; // a copy, as above
    for (const std::string &address : addresses)
        forget(address);
    _answers.forget(routing_id);
    _callers.drop(routing_id);
}

void server_t::tend_callers(millis_t now)
{
    tend_slow_subscriber(now);
    if (now < _next_tending)
        return;
    _next_tending = now + tending_spacing_ms;
    for (const std::string &routing_id : _callers.routing_ids())
        tend_caller(routing_id, now);
}

void server_t::tend_caller(const std::string &routing_id, millis_t now)
{
    caller_t *const caller = _callers.find(routing_id);
    if (!caller)
        return;
    const bool uncertain = callers_t::is_uncertain(*caller);
    if (_callers.has_ended(*caller)) {
        forget_programs(routing_id);
        _callers.forget_connection(routing_id, *caller);
    }
    if (caller->addresses.empty() && !_answers.wait(routing_id) && caller->backlog->empty()) {
        drop_caller(routing_id);
        return;
    }
    if (!uncertain || now < caller->probe_at)
        return;
    const auto program =
        std::find_if(caller->addresses.begin(), caller->addresses.end(),
                     [&](const std::string &address) { return _clients.is_program(address); });
    if (program == caller->addresses.end())
        return;
    caller->probe_at = now + callers_t::probe_spacing_ms;
    _news.probe(std::string(*program)); // a copy: sending forgets a client that is gone
}

// With overflow "block" everybody waits for the slowest subscriber. One that takes nothing at all is not
// waited for longer than stall_timeout_ms.
void server_t::tend_slow_subscriber(millis_t now)
{
    if (!_relay.waits())
        return;
    const std::string routing_id(wire::routing_id_of(_relay.slow_subscriber()));
    caller_t *const caller = _callers.find(routing_id);
    if (!caller)
        return;
    const connection_t connection = caller->connection;
    if (_callers.has_ended(*caller)) {
        forget_programs(routing_id);
        return;
    }
    const millis_t stalled_for = _relay.stalled_for(caller->backlog->released(), now);
    if (_stall_timeout_ms <= 0 || stalled_for < _stall_timeout_ms)
        return;
    _counters.cut_off.add(1);
    _log.warning("a plain subscriber of topic ", quoted(_relay.topic()),
                 " was cut off: it took nothing for stall_timeout_ms");
    forget_programs(routing_id);
    if (connection)
        cut_off(connection);
}
}
