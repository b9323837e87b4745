// Watches the data connections of all receivers, by their monitors: each connection that is made needs a
// fresh token, and one that libzmq gave up is made anew.
//
// Thread safety: none; the service thread owns it.
//
// Invariant: after a data connection of a welcomed peer was made or has ended, the peer owes that receiver an
// echo.
#pragma once

#include <string>

#include "spot/base/log.hpp"
#include "spot/cluster/data_connections.hpp"
#include "spot/cluster/echoes.hpp"
#include "spot/cluster/peer_table.hpp"
#include "spot/cluster/receivers.hpp"
#include "spot/transport/monitor.hpp"

namespace spot
{
class data_watch_t
{
  public:
    data_watch_t(peer_table_t &table, receivers_t &receivers, data_connections_t &data, echoes_t &echoes,
                 shared_counter_t &reconnects, const logger_t &log)
        : _table(table), _receivers(receivers), _data(data), _echoes(echoes), _reconnects(reconnects),
          _log(log)
    {
    }

    // Something happened to a data connection of that receiver.
    void changed(receiver_id_t receiver, const connection_event_t &event);
    // Once a tick.
    void mend_given_up(millis_t now, millis_t passed);

  private:
    void connected(receiver_id_t receiver, const std::string &endpoint);
    void connected(peer_t &peer, receiver_id_t receiver, const std::string &endpoint);
    void disconnected(receiver_id_t receiver, const std::string &endpoint);
    void on_given_up(peer_t &peer, receiver_id_t receiver, millis_t now);

    peer_table_t &_table;
    receivers_t &_receivers;
    data_connections_t &_data;
    echoes_t &_echoes;
    shared_counter_t &_reconnects; // of control connections as well
    const logger_t &_log;
};
}
