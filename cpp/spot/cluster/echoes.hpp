// The echoes that peers owe: each receiver sends a token on each data connection, and its echo on the control
// connection confirms the filters of that data connection. libzmq replays filters after every reconnection,
// in no known order, so that each connection that is made needs a fresh token.
//
// Thread safety: none; the service thread owns it.
//
// Invariants:
//  1. A peer owes at most one echo for each receiver; a new token replaces the last one.
//  2. The peer's handshake knows whether echoes are awaited (registry/handshake.hpp): every change of
//     peer_t::echoes is told to it.
#pragma once

#include <cstdint>
#include <optional>

#include "spot/base/log.hpp"
#include "spot/cluster/data_connections.hpp"
#include "spot/cluster/fence_tokens.hpp"
#include "spot/cluster/peer.hpp"

namespace spot
{
class echoes_t
{
  public:
    echoes_t(receiver_control_t &receivers, fence_tokens_t &tokens, data_connections_t &data,
             const logger_t &log)
        : _receivers(receivers), _tokens(tokens), _data(data), _log(log)
    {
    }

    // Asks the peer for an echo of every receiver's token, unless it is held off.
    void begin(peer_t &peer);
    // The same, for one receiver.
    void await(peer_t &peer, receiver_id_t receiver);
    void drop(peer_t &peer);
    // The receiver goes. True: the peer owes one echo less.
    bool forget_receiver(peer_t &peer, receiver_id_t receiver);
    // The receiver whose token it was; none: the peer does not owe that one.
    std::optional<receiver_id_t> came(peer_t &peer, std::uint64_t counter);

    // What the receiver subscribes to is in effect at the peer.
    static bool in_effect(const peer_t &peer, receiver_id_t receiver);
    // The data connections stand over which echoes are awaited.
    bool reaches_data(const peer_t &peer) const;
    // Makes data connections anew over which no echo has come for too long. True: one of them did not stand.
    bool retry(peer_t &peer);

  private:
    bool is_overdue(const peer_t &peer, const peer_t::echo_t &echo) const;

    receiver_control_t &_receivers;
    fence_tokens_t &_tokens;
    data_connections_t &_data;
    const logger_t &_log;
};
}
