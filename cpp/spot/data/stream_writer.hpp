// Numbers the messages of outlets, lets small ones wait for each other in bursts, sends marks, and gives the
// frames to a fan-out: the node's XPUB, or the PUSH to one owner's ingress.
//
// Thread-safe: the ways out and what is known of each outlet (sending_t) belong to _mutex.
//
// Invariants:
// 1. A number is used when a frame is taken by the fan-out, or when the frame is dropped; never for a frame
// that
//    stays with the caller.
// 2. A frame leaves before every message of its topic that waits in a burst, and before every later frame.
// 3. What leaves alone ends the open bursts of all topics first.
// 4. An outlet is in _unsettled from its first message after a silence until it was found silent; settle()
// tells
//    its end once.
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "spot/base/mutex.hpp"
#include "spot/data/backlog.hpp"
#include "spot/data/counters.hpp"
#include "spot/data/fan_out.hpp"
#include "spot/data/flusher.hpp"
#include "spot/data/outlet.hpp"
#include "spot/data/topic_sums.hpp"
#include "spot/data/zmq_out_port.hpp"
#include "spot/transport/socket.hpp"
#include "spot/transport/wakeup.hpp"

namespace spot
{
enum class when_full_t
{
    fail, // the message stays with the caller
    drop, // PUSH: the message uses up its number and is gone; the other end sees the gap
    shed, // XPUB: the same for those subscribers that are full; the others get it
};

// How far a topic has got.
struct ended_t
{
    std::shared_ptr<outlet_t> outlet;
    std::uint64_t next; // everything below was sent
};

class stream_writer_t : public sink_t, public std::enable_shared_from_this<stream_writer_t>
{
  public:
    // `flusher` ends bursts in time; null: there are none.
    explicit stream_writer_t(when_full_t when_full, std::shared_ptr<flusher_t> flusher = nullptr)
        : _when_full(when_full), _flusher(std::move(flusher))
    {
    }

    // 0, or -1 and errno. `hwm_bytes`: how much may wait for one peer, beside `options.send_hwm` frames; 0:
    // no limit.
    int open(const std::shared_ptr<ctx_state_t> &ctx, socket_kind_t kind, socket_options_t options,
             std::uint64_t hwm_bytes);
    // `send_t` is what whoever still tries to send gets from now on.
    void close(send_t reason);
    // Runs `use` on the socket under the mutex; returns what it returned, or -1 and ENOTSOCK.
    int with_socket(const std::function<int(socket_t &)> &use);

    send_t try_send(outlet_t &outlet, parcel_t &parcel, bool wait_for_lock) override;
    send_t try_publish(outlet_t &outlet, std::string_view payload, bool wait_for_lock) override;
    void wait_for_room(int slice_ms) override;
    // Ends all bursts. False when there is no room for some of them.
    bool flush_bursts();
    // Ends those that have waited long enough at `now_ns`; returns when the next one will have.
    std::int64_t flush_due(std::int64_t now_ns);

    // Uses up the parcel's numbers without sending: for those who cannot wait. The receivers see the gap.
    void skip(outlet_t &outlet, std::uint64_t count);
    // The outlet takes no more; returns the number its next message would have had.
    std::uint64_t deactivate(outlet_t &outlet);

    // Adds what left by the outlet.
    void break_down(const outlet_t &outlet, topic_stats_t &sum);
    // Of a PUSH: the other end lives, so that what was sent until now reached it (`all_of_it`), or what was
    // sent until a heartbeat ago. `outlets`: besides those that sent something lately.
    void note_reached(bool all_of_it, const std::vector<std::shared_ptr<outlet_t>> &outlets);
    // The other end is gone: throws away what waits for it, and counts what has not reached it as overflowed.
    // Returns how many messages.
    std::uint64_t abandon(const std::string &endpoint, const std::vector<std::shared_ptr<outlet_t>> &outlets);

    // Whether a message found no room since the last call.
    bool take_shortage() { return _shortage.exchange(false, std::memory_order_relaxed); }

    // Looks for topics that published and have been silent since the last call, or at all that published:
    // take_ends() tells how far each has got, once. Who takes no such word gets marks ("everything below seq
    // was sent") instead: they are sent if they are wanted, no more in one call than leave most of the room
    // to messages, unless `all`. True when nothing more is owed.
    bool settle(bool all);
    std::vector<ended_t> take_ends();
    void want_marks(bool wanted) { _marks_wanted.store(wanted, std::memory_order_relaxed); }
    // How far these have got, of those that ever sent anything.
    void tell_ends(const std::vector<std::shared_ptr<outlet_t>> &outlets, std::vector<ended_t> &ends);
    // A frame of the control plane's. Dropped for who is full, where messages would be.
    void send_directed(std::string_view frame);

    // Publishing may eat the wake-up of whoever else watches the socket's descriptor. `wakeup` is set when
    // the first message after take_activity() is sent, so that the watcher can look by itself for a while.
    // Throws std::system_error.
    void watch_activity(wakeup_t *wakeup);
    bool take_activity() { return _active.exchange(false, std::memory_order_acq_rel); }
    int fd() const { return _port->fd(); }

    std::uint64_t messages() const { return _messages.get(); }
    std::uint64_t bytes() const { return _bytes.get(); }
    std::uint64_t relayed() const { return _relayed.get(); }
    std::uint64_t dropped() const { return _dropped.get(); }

  private:
    template <typename Send> send_t locked(bool wait_for_lock, Send send);
    send_t send_locked(outlet_t &outlet, parcel_t &parcel) SPOT_REQUIRES(_mutex);
    offer_t offer(wire_frame_t &frame) SPOT_REQUIRES(_mutex);
    send_t publish_locked(outlet_t &outlet, std::string_view payload) SPOT_REQUIRES(_mutex);
    send_t append(outlet_t &outlet, std::string_view payload) SPOT_REQUIRES(_mutex);
    bool flush_burst(outlet_t &outlet) SPOT_REQUIRES(_mutex);
    std::int64_t patience(const burst_t &burst, std::int64_t now) const SPOT_REQUIRES(_mutex);
    bool enlist(outlet_t &outlet) SPOT_REQUIRES(_mutex);
    void disarm_if_idle() SPOT_REQUIRES(_mutex);
    void flush_open_bursts() SPOT_REQUIRES(_mutex);
    void end_burst(outlet_t &outlet, std::int64_t now) SPOT_REQUIRES(_mutex);
    send_t transmit(outlet_t &outlet, parcel_t &parcel) SPOT_REQUIRES(_mutex);
    void hold(parcel_t &parcel) SPOT_REQUIRES(_mutex);
    void take_places(outlet_t &outlet, std::size_t places) SPOT_REQUIRES(_mutex);
    void count(std::uint64_t messages, std::uint64_t bytes) SPOT_REQUIRES(_mutex);
    void expect_end(outlet_t &outlet) SPOT_REQUIRES(_mutex);
    bool send_mark(outlet_t &outlet) SPOT_REQUIRES(_mutex);
    bool settle_one(outlet_t &outlet, bool all) SPOT_REQUIRES(_mutex);
    void send_marks(bool all) SPOT_REQUIRES(_mutex);

    const when_full_t _when_full;
    const std::shared_ptr<flusher_t> _flusher;
    wakeup_t *_watcher = nullptr; // set before the first message

    std::atomic<bool> _active{false};
    std::atomic<bool> _shortage{false};
    std::atomic<bool> _marks_wanted{true};
    owned_counter_t _messages, _bytes, _relayed, _dropped;

    mutex_t _mutex;
    // _mutex guards both, but for their wait() and fd().
    const std::shared_ptr<zmq_out_port_t> _port = std::make_shared<zmq_out_port_t>();
    fan_out_t _out{_port};
    std::shared_ptr<backlog_t> _backlog SPOT_GUARDED_BY(_mutex);
    send_t _closed_as SPOT_GUARDED_BY(_mutex) = send_t::closed;
    millis_t _shed_at SPOT_GUARDED_BY(_mutex) = 0; // when a subscriber was found full last; 0: never
    std::vector<std::shared_ptr<outlet_t>> _unsettled SPOT_GUARDED_BY(_mutex); // sent, and not silent yet
    std::vector<ended_t> _ended SPOT_GUARDED_BY(_mutex);                       // silent, not told
    std::deque<std::shared_ptr<outlet_t>> _unmarked SPOT_GUARDED_BY(_mutex);   // silent; a mark is owed
    std::size_t _marks_per_call SPOT_GUARDED_BY(_mutex) = 0;
    std::vector<std::shared_ptr<outlet_t>> _bursting SPOT_GUARDED_BY(_mutex);
    bool _armed SPOT_GUARDED_BY(_mutex) = false; // the flusher looks here
};
}
