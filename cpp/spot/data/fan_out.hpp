// All ways out of one node for one kind of frames: a shared port, which reaches many readers and filters by
// itself (the XPUB; a PUSH to one reader is one, too), and beside it ways with one reader each.
//
// Not thread-safe: the caller locks. Only wait() may be called by any thread at any time, without a lock.
//
// Invariants:
// 1. offer() gives a frame to all readers that want it, or to none.
// 2. A frame that a way cannot take at once waits in the way's queue here, ahead of everything newer. The
// queue
//    holds as many frames and bytes as the way was given; beyond that the way is full.
// 3. A directed frame is one that begins with bytes to which one reader alone subscribes. It goes the same
// way as
//    any other.
// 4. Without ways, offer() is one call of the shared port.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "spot/base/mutex.hpp"
#include "spot/data/out_port.hpp"
#include "spot/registry/filter_table.hpp"

namespace spot
{
class fan_out_t
{
  public:
    using way_id_t = registry::filter_table_t::way_id_t;
    // How much may wait in front of a way. 0 frames: nothing.
    struct way_limits_t
    {
        std::size_t frames = 0;
        std::uint64_t bytes = UINT64_MAX;
    };

    // `shared` may be null: then there are ways only.
    explicit fan_out_t(std::shared_ptr<out_port_t> shared = nullptr) : _shared(std::move(shared)) {}

    // Throws std::bad_alloc, and then nothing has changed.
    way_id_t add_way(std::shared_ptr<out_port_t> port, const way_limits_t &limits);
    // Ends the way. What it has taken still arrives; what waits in front of it does not.
    void remove_way(way_id_t id);
    std::size_t ways() const { return _ways.size(); }
    // Takes changes of filters that readers asked for, of at most so many. True: none are left.
    bool take_filter_changes(std::size_t most = SIZE_MAX);

    // Gives the frame to all that want it, or to none: `full` when one of them has no room.
    offer_t offer(wire_frame_t &frame)
    {
        return _ways.empty() && _shared ? _shared->offer(frame) : offer_all(frame);
    }
    // Gives the frame to those that have room. `missed`, if not null, gets how many ways have missed it; of
    // the shared port's readers nobody knows that.
    offer_t offer_where_room(wire_frame_t &frame, std::size_t *missed = nullptr);
    bool offer_filler(raw_message_t &filler) { return _shared && _shared->offer_filler(filler); }
    // Moves frames that wait in front of ways. True: none is left.
    bool flush();
    // Waits for the port that was full last, at most so long.
    void wait(int slice_ms);
    // Ends all ways and the shared port. What they have taken still arrives.
    void end();

  private:
    struct branch_t
    {
        std::shared_ptr<out_port_t> port;
        way_limits_t limits;
        std::deque<wire_frame_t> waiting;
        std::uint64_t waiting_bytes = 0;
    };
    struct share_t
    {
        branch_t *way;
        wire_frame_t frame;
    };

    offer_t offer_all(wire_frame_t &frame);
    void find_wanted(const wire_frame_t &frame);
    bool has_room(branch_t &way, std::size_t size);
    void hand_over(share_t &share);
    bool flush_way(branch_t &way);
    void note_full(const std::shared_ptr<out_port_t> &port);

    const std::shared_ptr<out_port_t> _shared;
    std::map<way_id_t, branch_t> _ways;
    way_id_t _next_id = 1;
    registry::filter_table_t _filters;
    std::vector<way_id_t> _wanted; // scratch of find_wanted()
    std::vector<share_t> _shares;  // scratch of an offer

    mutex_t _wait_mutex; // held for moments
    std::shared_ptr<out_port_t> _awaited SPOT_GUARDED_BY(_wait_mutex);
};
}
