#include "spot/cluster/callers.hpp"

#include <cstdint>
#include <utility>

#include "spot/wire/envelope.hpp"

namespace spot
{
namespace
{
// Whether the ROUTER drew it: a zero byte and a number that grows. libzmq refuses such an id from a program.
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

bool callers_t::note(std::string_view routing_id, int descriptor)
{
    const auto known = _callers.find(std::string(routing_id));
    if (known != _callers.end()) {
        // The ROUTER draws each of its ids once. A program that chose its id may have come back with it.
        if (is_drawn(routing_id) || descriptor < 0)
            return true;
        const connection_t connection = _look(descriptor);
        if (connection && connection != known->second.connection) {
            came_back(known->first);
            note_connection(known->first, known->second, connection);
        }
        return true;
    }
    if (descriptor < 0)
        return true; // of() makes the caller when there is something to keep
    const connection_t connection = _look(descriptor);
    if (!connection)
        return false;
    if (_callers.size() >= places)
        return true;
    const std::string id(routing_id);
    _by_descriptor[connection.fd]; // a place, before anything is changed
    caller_t &caller = _callers.emplace(id, made()).first->second;
    note_connection(id, caller, connection);
    return true;
}

// All that needs memory comes first.
void callers_t::note_connection(const std::string &routing_id, caller_t &caller,
                                const connection_t &connection)
{
    std::string &there = _by_descriptor[connection.fd];
    std::string before = routing_id; // until the swap below
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

caller_t callers_t::made() const
{
    caller_t caller;
    caller.backlog = std::make_shared<client_backlog_t>(_limits, _wakeup);
    return caller;
}

caller_t *callers_t::find(const std::string &routing_id)
{
    const auto found = _callers.find(routing_id);
    return found == _callers.end() ? nullptr : &found->second;
}

caller_t *callers_t::of(std::string_view address)
{
    const std::string routing_id(wire::routing_id_of(address));
    if (caller_t *const known = find(routing_id))
        return known;
    if (_callers.size() >= places)
        return nullptr;
    return &_callers.emplace(routing_id, made()).first->second;
}

std::vector<std::string> callers_t::routing_ids() const
{
    std::vector<std::string> list;
    list.reserve(_callers.size());
    for (const auto &[routing_id, caller] : _callers)
        list.push_back(routing_id);
    return list;
}

void callers_t::forget_address(const std::string &address)
{
    if (caller_t *const caller = find(std::string(wire::routing_id_of(address))))
        caller->addresses.erase(address);
}

void callers_t::drop(const std::string &routing_id)
{
    const auto caller = _callers.find(routing_id);
    if (caller == _callers.end())
        return;
    forget_descriptor(routing_id, caller->second);
    _callers.erase(caller);
}

bool callers_t::has_ended(const caller_t &caller) const
{
    return caller.connection && _look(caller.connection.fd) != caller.connection;
}

void callers_t::forget_connection(const std::string &routing_id, caller_t &caller)
{
    forget_descriptor(routing_id, caller);
    caller.connection = {};
}

void callers_t::forget_descriptor(const std::string &routing_id, const caller_t &caller)
{
    const auto there = _by_descriptor.find(caller.connection.fd);
    if (there != _by_descriptor.end() && there->second == routing_id)
        _by_descriptor.erase(there);
}
}
