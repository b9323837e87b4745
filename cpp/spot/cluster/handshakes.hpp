// Carries out the actions that the handshake of a peer asks for (registry/handshake.hpp): begins it, brings
// the peer UP, takes it DOWN, and gives it up when it does not confirm the subscriptions of this node. UP
// means that these are in effect at the peer. So a peer that speaks and does not confirm them is not UP, and
// no call waits for it.
//
// Thread safety: none; the service thread owns it.
#pragma once

#include <string>

#include "spot/base/log.hpp"
#include "spot/cluster/echoes.hpp"
#include "spot/cluster/operations.hpp"
#include "spot/cluster/peer_reasons.hpp"
#include "spot/cluster/peer_table.hpp"
#include "spot/cluster/subscription_reports.hpp"

namespace spot
{
class handshakes_t
{
  public:
    handshakes_t(millis_t heartbeat_ms, peer_table_t &table, operations_t &operations, echoes_t &echoes,
                 peer_reasons_t &reasons, subscription_reports_t &reports, const logger_t &log)
        : _heartbeat_ms(heartbeat_ms), _table(table), _operations(operations), _echoes(echoes),
          _reasons(reasons), _reports(reports), _log(log)
    {
    }

    // The peer is known; its data connections are to confirm the subscriptions.
    void begin(peer_t &peer);
    // Brings it UP if it is ready. True: it came UP now, and is a node.
    bool advance(peer_t &peer);
    // The handshake says that the peer is DOWN: tells why, and the calls that wait for it.
    void go_down(peer_t &peer, cause_t cause, const std::string &detail = {});
    // It was silent for too long.
    void fall_silent(peer_t &peer);

    // Once a tick: those that calls wait for, and that do not confirm.
    void look(millis_t now, millis_t passed);
    // The same, of one peer, whose handshake it completes.
    void look_at(peer_t &peer, millis_t now, millis_t passed);

  private:
    void give_up(peer_t &peer);
    void release_calls(const peer_t &peer);

    const millis_t _heartbeat_ms;
    peer_table_t &_table;
    operations_t &_operations;
    echoes_t &_echoes;
    peer_reasons_t &_reasons;
    subscription_reports_t &_reports;
    const logger_t &_log;
};
}
