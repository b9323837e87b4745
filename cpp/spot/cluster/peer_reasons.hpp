// Says why a peer is not UP: in its record, which users read, in the log, and to the call that asks. Where
// there is no connection at all, a probe is sent now and then to find out why.
//
// Thread safety: none; the service thread owns it. Records are copied into shared_state_t, which locks.
//
// Invariants:
//  1. After show() the record that users read is up to date. If show() throws, peer_t::unshown stays set, and
//  the
//     next tick calls it again.
//  2. At most most_probes probes are under way, and none for a peer that is connected.
#pragma once

#include <cstddef>
#include <string>

#include "spot/base/clock.hpp"
#include "spot/base/log.hpp"
#include "spot/cluster/echoes.hpp"
#include "spot/cluster/peer.hpp"
#include "spot/cluster/shared_state.hpp"

namespace spot
{
class peer_reasons_t
{
  public:
    peer_reasons_t(shared_state_t &state, const echoes_t &echoes, const logger_t &log)
        : _state(state), _echoes(echoes), _log(log)
    {
    }

    // Publishes the record of a peer after it changed.
    void show(peer_t &peer);
    // From now on the record gives this cause, unless a better one is known. The log hears of each cause
    // once.
    void explain(peer_t &peer, cause_t cause, const std::string &detail = {});
    // The peer is DOWN. Neither of these throws.
    void went_down(peer_t &peer, cause_t cause, const std::string &detail = {});
    void fell_silent(peer_t &peer);
    // Why it is not UP, in words that name its address. Looks once more if that is not known yet.
    std::string reason_now(peer_t &peer);

    // Once a tick. The answer to a probe comes in a later one.
    void inquire(peer_t &peer, millis_t now);
    void end_inquiry(peer_t &peer);

    static constexpr std::size_t most_probes = 8;

  private:
    void log_trouble(peer_t &peer);
    void begin_probe(peer_t &peer, millis_t now);
    void take_finding(peer_t &peer);

    shared_state_t &_state;
    const echoes_t &_echoes;
    const logger_t &_log;
    std::size_t _probes = 0; // under way
};
}
