// How many clients the ROUTER has places for: nodes and plain programs are limited apart, so that programs
// never keep a node out.
//
// Thread safety: none; the service thread.
#pragma once

#include <cstddef>
#include <functional>
#include <string>

#include "spot/base/clock.hpp"
#include "spot/base/log.hpp"
#include "spot/cluster/callers.hpp"
#include "spot/cluster/clients.hpp"
#include "spot/cluster/server_counters.hpp"
#include "spot/wire/limits.hpp"

namespace spot
{
class client_places_t
{
  public:
    static constexpr std::size_t nodes = 2 * wire::max_peers; // a node may come by two names
    static constexpr std::size_t programs = 2 * wire::max_peers;

    client_places_t(clients_t &clients, callers_t &callers, server_counters_t &counters, const logger_t &log)
        : _clients(clients), _callers(callers), _counters(counters), _log(log)
    {
    }

    // Forgets the clients that have left; at most once in search_spacing_ms.
    std::function<void(millis_t now)> search;

    // Whether there is a place for a client with that address, which may have one already. Makes its caller.
    bool place_for_node(const std::string &address, millis_t now);
    bool place_for_program(const std::string &address, millis_t now);

  private:
    bool full_of_programs(const std::string &address);
    void turned_away(const char *kind, std::size_t places, millis_t now);

    clients_t &_clients;
    callers_t &_callers;
    server_counters_t &_counters;
    const logger_t &_log;
    millis_t _next_search = 0;
    millis_t _next_warning = 0;
};
}
