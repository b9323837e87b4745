#include "spot/cluster/client_places.hpp"

namespace spot
{
namespace
{
constexpr millis_t search_spacing_ms = 250;
constexpr millis_t full_warning_ms = 10000;
}

bool client_places_t::place_for_node(const std::string &address, millis_t now)
{
    const client_t *const client = _clients.find(address);
    if (client && client->is_node() && _callers.of(address))
        return true;
    if (_clients.addresses_of_nodes() < nodes && _callers.of(address))
        return true;
    turned_away("nodes", nodes, now);
    return false;
}

bool client_places_t::place_for_program(const std::string &address, millis_t now)
{
    if (_clients.find(address) && _callers.of(address))
        return true;
    if (full_of_programs(address) && now >= _next_search) {
        _next_search = now + search_spacing_ms; // some may have left since the last look
        search(now);
    }
    const caller_t *const caller = full_of_programs(address) ? nullptr : _callers.of(address);
    if (caller && caller->addresses.size() < callers_t::most_addresses)
        return true;
    turned_away("plain clients", programs, now);
    return false;
}

bool client_places_t::full_of_programs(const std::string &address)
{
    return _clients.programs() >= programs || !_callers.of(address);
}

void client_places_t::turned_away(const char *kind, std::size_t places, millis_t now)
{
    _counters.ignored.add(1);
    if (now < _next_warning)
        return;
    _next_warning = now + full_warning_ms;
    _log.warning("no place for more ", kind, ": all ", places, " are taken, and others are turned away");
}
}
