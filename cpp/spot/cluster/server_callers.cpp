// The other half of server_t: the connections to the ROUTER, who is behind them, and when they end.
//
// ZeroMQ does not tell a ROUTER that a connection ended. What it tells is the descriptor on which a message
// came: as long as that is the same socket, the connection lives. Where it is not told (before ZMTP 3, and
// within a process), and where two routing ids seem to have one socket (one of them ended, and its descriptor
// was given to the other), saying something finds out: a TOPICS without changes, which means nothing.
#include <algorithm>
#include <utility>

#include "spot/cluster/server.hpp"
#include "spot/wire/limits.hpp"

namespace spot
{
namespace
{
constexpr std::size_t node_places = 2 * wire::max_peers; // a node may come by two names
constexpr std::size_t program_places = 2 * wire::max_peers;
// Those that are waiting for answers only need no place that lasts.
constexpr std::size_t most_callers = node_places + 2 * program_places;
constexpr std::size_t most_addresses = 1024; // behind one connection
constexpr millis_t tending_spacing_ms = 250;
constexpr millis_t probe_spacing_ms = 10000;
constexpr millis_t refusal_warning_ms = 10000;
// A look that comes late says nothing of the time before.
constexpr millis_t longest_relay_look_ms = 1000;

// The ROUTER's own: a zero and a number that grows. Programs cannot take one of that kind.
bool is_drawn(std::string_view routing_id)
{
    return routing_id.size() == 5 && routing_id[0] == '\0';
}

std::uint32_t number_of(std::string_view routing_id)
{
    std::uint32_t number = 0;
    for (const char byte : routing_id.substr(1))
        number = number << 8 | static_cast<std::uint8_t>(byte);
    return number;
}

bool came_later(std::string_view one, std::string_view other)
{
    return static_cast<std::int32_t>(number_of(one) - number_of(other)) > 0;
}
}

bool server_t::note_caller(std::string_view routing_id, int source_fd, millis_t now)
{
    const auto known = _callers.find(std::string(routing_id));
    if (known != _callers.end()) {
        caller_t &caller = known->second;
        caller.last_heard = now;
        // Whoever chose its routing id itself may have come back with it. ZeroMQ draws each of its own once.
        if (is_drawn(routing_id) || source_fd < 0)
            return true;
        const connection_t connection = connection_at(source_fd);
        if (connection && connection != caller.connection) {
            forget_programs(known->first);
            note_connection(known->first, caller, connection);
        }
        return true;
    }
    if (source_fd < 0)
        return true; // it is noted when there is something to keep
    const connection_t connection = connection_at(source_fd);
    if (!connection)
        return false;
    if (_callers.size() >= most_callers)
        return true;
    const std::string id(routing_id);
    caller_t made;
    made.backlog = std::make_shared<client_backlog_t>(_limits, _wakeup);
    made.last_heard = now;
    _by_descriptor[connection.fd]; // a place
    caller_t &caller = _callers.emplace(id, std::move(made)).first->second;
    note_connection(id, caller, connection);
    return true;
}

void server_t::note_connection(const std::string &routing_id, caller_t &caller,
                               const connection_t &connection)
{
    std::string &there = _by_descriptor[connection.fd];
    std::string before = routing_id; // for now: what needs memory comes first
    std::string again = there;
    caller.connection = connection;
    caller.doubtful = false;
    there.swap(before);
    const auto other = before == routing_id ? _callers.end() : _callers.find(before);
    if (other == _callers.end() || other->second.connection != connection)
        return;
    const bool drawn = is_drawn(routing_id) && is_drawn(before);
    if (drawn && came_later(before, routing_id)) {
        there.swap(again);
        caller.connection = {};
        caller.doubtful = true;
    } else if (drawn) {
        other->second.connection = {};
        other->second.doubtful = true;
    } else {
        caller.doubtful = other->second.doubtful = true;
    }
}

server_t::caller_t *server_t::caller_of(std::string_view address)
{
    const std::string routing_id(wire::routing_id_of(address));
    const auto known = _callers.find(routing_id);
    if (known != _callers.end())
        return &known->second;
    if (_callers.size() >= most_callers)
        return nullptr;
    caller_t made;
    made.backlog = std::make_shared<client_backlog_t>(_limits, _wakeup);
    return &_callers.emplace(routing_id, std::move(made)).first->second;
}

bool server_t::is_program(const std::string &address) const
{
    const auto client = _clients.find(address);
    return client != _clients.end() && client->second.node_id.empty();
}

// Nodes are left: their own silence ends them, and they may be on their way back.
void server_t::forget_programs(const std::string &routing_id)
{
    const auto caller = _callers.find(routing_id);
    if (caller == _callers.end())
        return;
    caller->second.questions.clear();
    const std::unordered_set<std::string> addresses = caller->second.addresses;
    for (const std::string &address : addresses)
        if (is_program(address))
            forget(address);
        else
            end_subscriptions(address);
}

void server_t::drop_caller(const std::string &routing_id)
{
    const auto caller = _callers.find(routing_id);
    if (caller == _callers.end())
        return;
    // A copy: each that is forgotten goes from there. What throws is gone on with when it is dropped again.
    const std::unordered_set<std::string> addresses = caller->second.addresses;
    for (const std::string &address : addresses)
        forget(address);
    const auto there = _by_descriptor.find(caller->second.connection.fd);
    if (there != _by_descriptor.end() && there->second == routing_id)
        _by_descriptor.erase(there);
    _asking.erase(routing_id);
    _callers.erase(caller);
}

// --- places --------------------------------------------------------------------------------------------

bool server_t::place_for_node(const std::string &id, millis_t now)
{
    const auto client = _clients.find(id);
    if (client != _clients.end() && !client->second.node_id.empty())
        return true;
    if (_nodes.size() < node_places && caller_of(id))
        return true;
    warn_full("nodes", node_places, now);
    return false;
}

bool server_t::place_for_program(const std::string &id, millis_t now)
{
    if (_clients.count(id) != 0)
        return true;
    const auto full = [&] { return _clients.size() - _nodes.size() >= program_places || !caller_of(id); };
    if (full() && now >= _next_search) {
        _next_search = now + tending_spacing_ms; // some may have left since the last look
        _next_tending = 0;
        tend_callers(now);
    }
    const caller_t *const caller = full() ? nullptr : caller_of(id);
    if (caller && caller->addresses.size() < most_addresses)
        return true;
    warn_full("plain clients", program_places, now);
    return false;
}

void server_t::warn_full(const char *whom, std::size_t places, millis_t now)
{
    _counters.ignored.add(1);
    if (now < _next_refusal)
        return;
    _next_refusal = now + refusal_warning_ms;
    _log.warning("no place for more ", whom, ": all ", places, " are taken, and others are turned away");
}

// --- those that left -----------------------------------------------------------------------------------

void server_t::tend_callers(millis_t now)
{
    tend_slow(now);
    if (now < _next_tending)
        return;
    _next_tending = now + tending_spacing_ms;
    std::vector<std::string> routing_ids;
    routing_ids.reserve(_callers.size());
    for (const auto &[routing_id, caller] : _callers)
        routing_ids.push_back(routing_id);
    for (const std::string &routing_id : routing_ids)
        tend_caller(routing_id, now);
}

void server_t::tend_caller(const std::string &routing_id, millis_t now)
{
    const auto found = _callers.find(routing_id);
    if (found == _callers.end())
        return;
    caller_t &caller = found->second;
    const bool known = static_cast<bool>(caller.connection);
    if (known && connection_at(caller.connection.fd) != caller.connection) {
        const auto there = _by_descriptor.find(caller.connection.fd);
        if (there != _by_descriptor.end() && there->second == routing_id)
            _by_descriptor.erase(there);
        forget_programs(routing_id);
        caller.connection = {};
    }
    if (caller.addresses.empty() && caller.questions.empty() && caller.backlog->empty()) {
        drop_caller(routing_id);
        return;
    }
    if ((known && !caller.doubtful) || now < caller.probe_at)
        return;
    const auto program = std::find_if(caller.addresses.begin(), caller.addresses.end(),
                                      [&](const std::string &address) { return is_program(address); });
    if (program == caller.addresses.end())
        return;
    caller.probe_at = now + probe_spacing_ms;
    wire::topics_t nothing;
    nothing.version = _state.topics_version();
    // A copy: reply() forgets those that are gone.
    const std::string address(program->data(), program->size());
    reply(address, _clients[address].delimiter, wire::encode_topics(nothing));
}

// With overflow "block" everybody waits for the slowest; for one that takes nothing at all, not for ever.
void server_t::tend_slow(millis_t now)
{
    if (!_relaying.held)
        return;
    const millis_t elapsed = std::min(now - std::exchange(_relaying.looked_at, now), longest_relay_look_ms);
    const auto found = _callers.find(std::string(wire::routing_id_of(_relaying.slow)));
    if (found == _callers.end())
        return;
    const std::string routing_id = found->first;
    const connection_t connection = found->second.connection;
    if (connection && connection_at(connection.fd) != connection) {
        forget_programs(routing_id);
        return;
    }
    const std::uint64_t released = found->second.backlog->released();
    if (released != std::exchange(_relaying.released, released))
        _relaying.stalled_for = 0;
    else
        _relaying.stalled_for += elapsed;
    if (_stall_timeout_ms <= 0 || _relaying.stalled_for < _stall_timeout_ms)
        return;
    _counters.cut_off.add(1);
    _log.warning("a plain subscriber of topic ", quoted(_relaying.topic),
                 " was cut off: it took nothing for stall_timeout_ms");
    forget_programs(routing_id);
    if (connection)
        cut_off(connection);
}
}
