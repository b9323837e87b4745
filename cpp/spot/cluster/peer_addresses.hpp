// The addresses of peers that are known by names. A name is looked up whenever a connection is to be made
// anew, so that a peer that moved is found; meanwhile the last known address is tried.
//
// Thread safety: none; the service thread owns it. Answers to look-ups come on that thread, in a later turn.
//
// Invariant: the table's index of addresses has the addresses of every named peer, as they were last found.
#pragma once

#include <string>

#include "spot/base/log.hpp"
#include "spot/cluster/lookups.hpp"
#include "spot/cluster/operations.hpp"
#include "spot/cluster/peer_reasons.hpp"
#include "spot/cluster/peer_table.hpp"

namespace spot
{
class peer_addresses_t
{
  public:
    peer_addresses_t(lookups_t &lookups, peer_table_t &table, operations_t &operations,
                     peer_reasons_t &reasons, const logger_t &log)
        : _lookups(lookups), _table(table), _operations(operations), _reasons(reasons), _log(log)
    {
    }

    // Looks up the name of a peer unless it has none, or that is under way.
    void look_up(peer_t &peer, millis_t now);
    void resolved(peer_t &peer, const addresses_t &found);
    // Once a tick: looks up the name, and has the connection tried again, while there is none.
    void tend(peer_t &peer, millis_t now);

  private:
    void unresolved(peer_t &peer, const std::string &why);

    lookups_t &_lookups;
    peer_table_t &_table;
    operations_t &_operations;
    peer_reasons_t &_reasons;
    const logger_t &_log;
};
}
