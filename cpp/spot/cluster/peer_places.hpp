// Where the data and the ingress of peers are. A peer's announcement is believed as far as the control
// connection reaches that it came by, and names in it are looked up before a connection is made.
//
// Thread safety: none; the service thread owns it. Answers to look-ups come on that thread, in a later turn.
//
// Invariant: a peer whose data is not located does not come UP (registry/handshake.hpp); one whose ingress is
// not located cannot be published to.
#pragma once

#include <string>

#include "spot/base/log.hpp"
#include "spot/cluster/data_connections.hpp"
#include "spot/cluster/lookups.hpp"
#include "spot/cluster/peer_reasons.hpp"
#include "spot/cluster/peer_table.hpp"
#include "spot/cluster/peer_ways.hpp"

namespace spot
{
class peer_places_events_t
{
  public:
    virtual ~peer_places_events_t() = default;
    // The data of a welcomed peer was found where it was not looked for before.
    virtual void on_data_found(peer_t &peer) = 0;
    // It announced an endpoint that cannot be used.
    virtual void on_malformed(peer_t &peer) = 0;
};

class peer_places_t
{
  public:
    // `hello`: what this node announces; it may change.
    peer_places_t(const wire::hello_t &hello, lookups_t &lookups, peer_table_t &table,
                  data_connections_t &data, peer_ways_t &ways, peer_reasons_t &reasons,
                  peer_places_events_t &events, const logger_t &log)
        : _hello(hello), _lookups(lookups), _table(table), _data(data), _ways(ways), _reasons(reasons),
          _events(events), _log(log)
    {
    }

    // Finds both places of a peer that announced them.
    void locate(peer_t &peer);
    // Once a tick: looks again for a name that did not resolve, or that could not be looked up.
    void tend(peer_t &peer, millis_t now);

  private:
    enum class side_t
    {
        data,
        ingress,
    };
    static peer_t::place_t &place_of(peer_t &peer, side_t side);
    void locate(peer_t &peer, side_t side);
    void found(peer_t &peer, side_t side, endpoint_t endpoint, const addresses_t &found);
    void misplaced(peer_t &peer, side_t side, const std::string &why);
    void placed(peer_t &peer, side_t side, const std::string &endpoint);

    const wire::hello_t &_hello;
    lookups_t &_lookups;
    peer_table_t &_table;
    data_connections_t &_data;
    peer_ways_t &_ways;
    peer_reasons_t &_reasons;
    peer_places_events_t &_events;
    const logger_t &_log;
};
}
