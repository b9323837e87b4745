// How publications reach the owner of a REMOTE topic: a link to a node, or a plain peer's connection.
//
// outlet(), find(), topics(), break_down(), messages() and bytes() may be called by any thread; the rest
// belongs to the service thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "spot/data/outlet.hpp"
#include "spot/data/topic_sums.hpp"
#include "spot/wire/control.hpp"

namespace spot
{
class way_t
{
  public:
    virtual ~way_t() = default;
    virtual std::shared_ptr<outlet_t> outlet(std::string_view topic) = 0;
    // A thread that still sends here is told to ask for another route.
    virtual void close() = 0;
    // See stream_writer_t::settle().
    virtual void settle(bool all) = 0;
    // How far topics have got: those that settle() found silent since the last call, or all. Nothing where
    // the owner knows no numbers.
    virtual std::vector<wire::stream_end_t> take_ends() { return {}; }
    virtual std::vector<wire::stream_end_t> all_ends() const { return {}; }
    virtual void want_marks(bool) {}
    // Sends a barrier behind all that was sent to that owner.
    virtual void send_barrier(const wire::node_id_t & /* owner */, std::uint64_t /* number */) {}
    // Null when nothing was ever published to the topic here.
    virtual std::shared_ptr<outlet_t> find(std::string_view topic) const = 0;
    // The owner has the topic no longer: its outlet goes. `sum` gets the counts of what left.
    virtual void end_topic(std::string_view topic, topic_stats_t &sum) = 0;
    virtual std::size_t topics() const = 0; // that were published to
    // Adds the counts of what left, by topic.
    virtual void break_down(topic_sums_t &sums) const = 0;
    // The owner showed a sign of life less than a heartbeat ago, or did not. Once a heartbeat, before
    // settle().
    virtual void note_life(bool alive) = 0;
    // Its connection ended, and it lived until then: messages that were under way are in doubt, later ones
    // wait.
    virtual void note_end() = 0;
    // It is gone for good: closes. Messages that were published since it lived are counted as overflowed;
    // returns how many.
    virtual std::uint64_t abandon() = 0;
    virtual std::uint64_t messages() const = 0;
    virtual std::uint64_t bytes() const = 0;
};
}
