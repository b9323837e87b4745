// One topic as one receiver sees it.
//
// A thread that holds a frame of the topic may read the name and match(). All else belongs to the receiver's
// mutex.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "spot/base/ref.hpp"
#include "spot/data/match.hpp"
#include "spot/registry/topic_losses.hpp"

namespace spot
{
class topic_slot_t : public ref_counted_t<topic_slot_t>
{
  public:
    explicit topic_slot_t(std::string topic) : name(std::move(topic)) {}

    const std::string name;
    // Not null where a frame waits to be read.
    match_t *match() const { return _match.load(std::memory_order_acquire); }
    // Throws std::bad_alloc, and then nothing is set. `forget`: no frame of the slot is anywhere, so that no
    // thread reads match().
    void set_match(const std::string &subscription, bool forget);

    // Of the subscriptions for which `wanted` was worked out. See slot_table_t.
    std::uint64_t epoch = 0;
    bool wanted = false;
    std::uint64_t heard = 0; // how many messages had come when it was last looked at as idle
    registry::topic_losses_t losses;

  private:
    std::atomic<match_t *> _match{nullptr};
    std::vector<std::unique_ptr<match_t>> _matches; // the present one and earlier ones that may be read still
};
}
