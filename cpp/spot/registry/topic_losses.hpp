// What a receive queue knows of the losses in one topic: the streams of its owners, the losses that no
// message has told yet, and whether the next gap is forgiven.
//
// Pure. Not thread-safe: the caller locks.
//
// Forgiveness: a name that is unsubscribed and subscribed again at once may still get frames of the earlier
// subscription, and then those of the new one. What was published in between was not meant for this queue, so
// that gap is no loss. The data stream does not say where a subscription begins; only the time tells.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "spot/base/clock.hpp"
#include "spot/registry/loss_ledger.hpp"

namespace spot::registry
{
class topic_losses_t
{
  public:
    loss_ledger_t &ledger() { return _ledger; }
    const loss_ledger_t &ledger() const { return _ledger; }

    // Frames arrive as loss_ledger_t::advance() says. The first gap until `until` is forgiven, whichever
    // owner it is of.
    void forgive_first_gap(millis_t until) { _forgives_until = until; }
    bool forgives() const { return _forgives_until != 0; }
    void stop_forgiving(millis_t now);
    // Whether the gap of `lost` messages that the ledger has just found is forgiven.
    bool forgive(wire::source_t source, std::uint64_t lost, millis_t now);

    // A loss that a mark has shown waits until a message of that owner tells it. reserve_untold() makes the
    // place; it throws std::bad_alloc, and then nothing has changed.
    void reserve_untold() { _untold.reserve(_untold.size() + 1); }
    void keep_untold(wire::source_t source, std::uint64_t lost) { _untold.emplace_back(source, lost); }
    std::uint64_t take_untold(wire::source_t source);

    // The subscription has ended. A gap that is forgiven stays so.
    void end();
    // The topic was put aside, and has come back.
    void resume(topic_losses_t &&earlier);

  private:
    loss_ledger_t _ledger;
    std::vector<std::pair<wire::source_t, std::uint64_t>> _untold;
    millis_t _forgives_until = 0; // 0: no gap is forgiven
};
}
