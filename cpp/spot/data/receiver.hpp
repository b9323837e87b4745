// A receive queue: one XSUB socket, connected to the node's own XPUB and to every peer's. The XPUBs filter.
// Each frame that arrives is looked up here by its topic, so a SUB, which would filter again, has no use.
//
// Thread-safe: the socket, the cursor and the tables belong to _mutex. No thread waits while it holds that,
// and no object of a host language is touched under it.
//
// More than 30 methods: the class is the one door to what _mutex guards. Each subject is a class of its own,
// which knows no lock: slot_table_t (subscriptions), loss_book_t (losses), run_lender_t (runs),
// frame_queue_t, awaited_ends_t.
//
// Invariants:
// 1. Messages are taken in this order: the cursor, or the run that was lent of it; then _next; then _pending;
//    then what was taken off the socket and is no frame yet (_arrival); then the socket.
// 2. update_signal() is the last thing before _mutex is released, after any use of the socket or the cursor.
//    So no thread sleeps beside a message.
// 3. What throws std::bad_alloc has taken and counted nothing: the message is there for the next call.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "spot/base/clock.hpp"
#include "spot/base/mutex.hpp"
#include "spot/base/take.hpp"
#include "spot/data/arrival.hpp"
#include "spot/data/counters.hpp"
#include "spot/data/cursor.hpp"
#include "spot/data/delivery.hpp"
#include "spot/data/flusher.hpp"
#include "spot/data/frame.hpp"
#include "spot/data/frame_queue.hpp"
#include "spot/data/oversized.hpp"
#include "spot/data/run.hpp"
#include "spot/data/slot_table.hpp"
#include "spot/data/topic_sums.hpp"
#include "spot/registry/awaited_ends.hpp"
#include "spot/registry/loss_book.hpp"
#include "spot/transport/monitor.hpp"
#include "spot/transport/readiness.hpp"
#include "spot/transport/socket.hpp"
#include "spot/transport/wakeup.hpp"
#include "spot/wire/control.hpp"

namespace spot
{
struct receiver_options_t
{
    std::uint32_t id = 0;               // among the node's receivers
    std::shared_ptr<flusher_t> flusher; // what the node has published leaves before a call waits; null: none
    int recv_hwm = 10000;
    std::uint64_t recv_hwm_bytes = 64ULL << 20;
    int linger_ms = 0;
    std::uint64_t max_message_bytes = 1ULL << 30;
    std::shared_ptr<oversized_t> oversized; // what was larger; null: nobody asks
};

class receiver_t
{
  public:
    receiver_t() = default;
    ~receiver_t() = default;
    receiver_t(const receiver_t &) = delete;
    receiver_t &operator=(const receiver_t &) = delete;

    // 0, or -1 and errno; ENOTSOCK after close(). `own` is the node's private inproc:// endpoint, `own_id`
    // its id.
    int open(const std::shared_ptr<ctx_state_t> &ctx, const receiver_options_t &options,
             const std::string &own, const wire::node_id_t &own_id);
    // Wakes whoever waits; they get `closed`.
    void close();
    bool closed() const;

    // --- taking messages; any thread ---------------------------------------------------------------
    // Never wait, neither for a message nor for the mutex.
    take_t try_take(delivery_t &out);
    // Takes a message, and lends those behind it in its frame as a run: run.hpp. `run` must be empty.
    take_t try_take_run(delivery_t &out, run_t &run);
    void give_back(run_t &run);
    std::uint64_t generation() const SPOT_NO_THREAD_SAFETY_ANALYSIS { return _lender.generation(); }
    // Wait for the first one.
    take_t take(delivery_t &out, const deadline_t &deadline);
    // Where many are put: room() makes a place for the next one, and throws std::bad_alloc when it cannot;
    // filled() says that there is one in it.
    class taker_t
    {
      public:
        virtual ~taker_t() = default;
        virtual delivery_t &room() = 0;
        virtual void filled() = 0;
    };
    take_t take_many(taker_t &out, std::size_t max, const deadline_t &deadline);
    // Waits until a message is there, without taking it.
    take_t wait(const deadline_t &deadline);
    // Readable (level-triggered) while a message waits. -1 and errno (EMFILE, ENOTSOCK).
    int fd();

    // --- subscriptions; any thread -----------------------------------------------------------------
    // Returns those that were not subscribed to yet. Throws std::bad_alloc, and then it is as it was.
    std::vector<std::string> subscribe(const std::vector<std::string> &names);
    // All or nothing: -1 with ENOENT and the first name that is not subscribed.
    int unsubscribe(const std::vector<std::string> &names, std::string *missing);
    void unsubscribe_all();
    std::vector<std::string> subscriptions() const;
    bool wants(std::string_view topic) const;
    void subscribe_token(const wire::token_t &token);
    void unsubscribe_token(const wire::token_t &token);

    // --- connections; the service thread -----------------------------------------------------------
    int connect(const std::string &endpoint);
    // Throws away what is queued from there.
    void disconnect(const std::string &endpoint);
    // Takes in what is queued first.
    void retire(const std::string &endpoint);
    void add_source(const wire::node_id_t &id);
    // `may_return`: what its messages' numbers will be is remembered, within max_absent_streams.
    void remove_source(const wire::node_id_t &id, bool may_return = false);
    static constexpr std::size_t max_absent_streams = wire::max_topics_per_peer; // of 40 bytes
    static constexpr std::size_t max_absent_sources = wire::max_peers;
    // Also drops messages of this source that were taken in but not delivered.
    void purge_source(const wire::node_id_t &id);
    // Lets libzmq do what it does only when the socket is touched: replay filters after a reconnection.
    void touch();
    // Queues a message that came another way (a plain peer's PUBLISH), as a data frame. Drops it and
    // counts the loss when as much waits as may.
    void inject(raw_message_t frame);
    int watch(const std::shared_ptr<ctx_state_t> &ctx, const std::string &name, monitor_t &monitor);
    void unwatch(); // before the monitor closes

    // --- the ends of streams; the service thread: receiver_ends.cpp ---------------------------------
    // What that owner says of how far its streams have got. It may overtake what is on its way here.
    void expect_ends(wire::source_t source, std::vector<wire::stream_end_t> ends);
    bool awaits_ends() const { return _awaits_ends.load(std::memory_order_relaxed); }
    // Takes note of what is known by now, also when nobody takes messages. Returns which owners are to be
    // asked for a barrier, and of which number.
    std::vector<std::pair<wire::node_id_t, std::uint64_t>> tend_ends(millis_t now, millis_t heartbeat);

    // What was missed, by owner and topic; some may be 0.
    using losses_t = std::unordered_map<wire::node_id_t, std::map<std::string, std::uint64_t>>;
    // Adds what was missed since the last call.
    void take_losses(losses_t &sums);

    // --- topics that are gone; the service thread: receiver_idle.cpp --------------------------------
    // Looks at some of the topics that patterns let in, from `from` on. Appends those of which nothing came
    // since the last look at them; returns where to go on, 0 at the end.
    std::size_t idle_topics(std::size_t from, std::size_t count, std::vector<std::string> &idle);
    // They exist no more: what is kept of them goes, but for the numbers of the latest.
    void put_aside(const std::vector<std::string> &topics);
    std::size_t topics() const;

    // Add up what came by topic, for those subscribed to now, and by owner, for those that are sources now.
    // Whole frames: the last one may not have been taken to its end. Both walk all topics under the mutex.
    void break_down(topic_sums_t &sums) const;
    void break_down(registry::owner_counts_t &sums) const;
    bool is_source(wire::source_t source) const;

    std::uint64_t received() const { return _received.get(); }
    std::uint64_t bytes_received() const { return _bytes_received.get(); }
    std::uint64_t lost() const { return _lost.get(); }
    std::uint64_t malformed() const { return _malformed.get(); }
    std::uint64_t ignored() const { return _ignored.get(); }

  private:
    // Holds the mutex, and sets the signal right before it lets go of it, whatever was thrown meanwhile.
    class SPOT_SCOPED_CAPABILITY turn_t
    {
      public:
        explicit turn_t(receiver_t &receiver) SPOT_ACQUIRE(receiver._mutex);
        // Of one that is locked.
        turn_t(receiver_t &receiver, std::adopt_lock_t) SPOT_REQUIRES(receiver._mutex);
        ~turn_t() SPOT_RELEASE();
        turn_t(const turn_t &) = delete;
        turn_t &operator=(const turn_t &) = delete;
        // The signal is as it has to be.
        void leave_signal() { _signal_is_right = true; }

      private:
        receiver_t &_receiver;
        bool _signal_is_right = false;
    };

    // What a waiting call wants; returns `empty` while it is not there.
    using attempt_t = take_t (receiver_t::*)(void *context);
    take_t wait_until(attempt_t attempt_it, void *context, const deadline_t &deadline);
    take_t attempt_one(void *context) SPOT_REQUIRES(_mutex);
    take_t attempt_many(void *context) SPOT_REQUIRES(_mutex);
    take_t attempt_ready(void *context) SPOT_REQUIRES(_mutex);

    // Makes the cursor stand before a message, if there is one.
    bool ensure_current() SPOT_REQUIRES(_mutex);
    void take_current(delivery_t &out) SPOT_REQUIRES(_mutex);
    void activate_next() SPOT_REQUIRES(_mutex);
    void activate(ref_t<frame_t> &frame) SPOT_REQUIRES(_mutex);
    // Returns how many were missed just before.
    std::uint64_t advance(topic_slot_t &slot, wire::source_t source, std::uint64_t seq, std::uint64_t count,
                          std::uint64_t bytes) SPOT_REQUIRES(_mutex);
    void take_mark(topic_slot_t &slot, wire::source_t source, std::uint64_t next) SPOT_REQUIRES(_mutex);
    ref_t<frame_t> next_frame() SPOT_REQUIRES(_mutex);
    ref_t<frame_t> receive_frame() SPOT_REQUIRES(_mutex);
    bool take_off_socket() SPOT_REQUIRES(_mutex);
    ref_t<frame_t> build_frame(arrival_t &arrival) SPOT_REQUIRES(_mutex);
    bool fill_frame(frame_t &frame, arrival_t &arrival) SPOT_REQUIRES(_mutex);
    bool fill_barrier(frame_t &frame) SPOT_REQUIRES(_mutex);
    bool drained() SPOT_REQUIRES(_mutex);
    bool is_known(wire::source_t source, const wire::stream_end_t &end) SPOT_REQUIRES(_mutex);
    void conclude(wire::source_t source, std::uint64_t barrier) SPOT_REQUIRES(_mutex);

    void drop_payload(frame_t &frame) SPOT_REQUIRES(_mutex);

    void cut(const std::string &endpoint) SPOT_REQUIRES(_mutex);

    bool wanted(const frame_t &frame) SPOT_REQUIRES(_mutex)
    {
        return frame.barrier || _topics.wanted(*frame.slot);
    }
    void drop_unwanted_frames() SPOT_REQUIRES(_mutex);
    void unsubscribe_known(const std::vector<std::string> &names) SPOT_REQUIRES(_mutex);
    void forget_ended_sources() SPOT_REQUIRES(_mutex);
    void keep_absent_source(wire::source_t source) SPOT_REQUIRES(_mutex);

    bool something_waits() SPOT_REQUIRES(_mutex);
    // Must be the last thing before _mutex is released, after any use of the socket or the cursor: turn_t.
    void update_signal() SPOT_REQUIRES(_mutex);
    void set_signal(bool on) SPOT_REQUIRES(_mutex);

    // Constant after open().
    wire::node_id_t _own_id;
    std::uint64_t _max_message_bytes = 0;
    std::shared_ptr<oversized_t> _oversized;
    std::string _directed; // begins what is meant for this receiver alone
    int _socket_fd = -1;
    std::shared_ptr<flusher_t> _flusher;

    // Self-synchronised.
    wakeup_t _signal; // readable: closed, or a message is there and somebody cares
    std::atomic<bool> _awaits_ends{false};
    owned_counter_t _received, _bytes_received, _lost, _malformed, _ignored;

    mutable mutex_t _mutex;
    socket_t _socket SPOT_GUARDED_BY(_mutex);
    bool _closed SPOT_GUARDED_BY(_mutex) = false;
    bool _signalled SPOT_GUARDED_BY(_mutex) = false;
    int _waiters SPOT_GUARDED_BY(_mutex) = 0;
    std::condition_variable_any _no_waiters; // with _mutex
    std::unique_ptr<readiness_t> _exported SPOT_GUARDED_BY(_mutex);

    cursor_t _cursor SPOT_GUARDED_BY(_mutex); // in the frame that is being unpacked
    std::uint64_t _cursor_epoch SPOT_GUARDED_BY(_mutex) = 0;
    run_lender_t _lender SPOT_GUARDED_BY(_mutex); // its generation() needs no lock

    // Taken off the socket, and no frame yet while _arrival_waits: there was no memory for one.
    arrival_t _arrival SPOT_GUARDED_BY(_mutex);
    bool _arrival_waits SPOT_GUARDED_BY(_mutex) = false;
    ref_t<frame_t> _next SPOT_GUARDED_BY(_mutex); // comes before all others; null: not known yet
    // Frames taken in ahead of the socket: of a retired connection, or injected.
    frame_queue_t _pending SPOT_GUARDED_BY(_mutex);

    registry::loss_book_t _book SPOT_GUARDED_BY(_mutex){&now_ms};
    slot_table_t _topics SPOT_GUARDED_BY(_mutex){_book};
    std::unordered_map<wire::source_t, wire::node_id_t> _sources SPOT_GUARDED_BY(_mutex);
    std::vector<wire::source_t> _ended_sources SPOT_GUARDED_BY(_mutex); // removed, but not yet forgotten
    std::deque<wire::source_t> _absent SPOT_GUARDED_BY(_mutex); // those that may return; the newest last
    registry::awaited_ends_t _ends SPOT_GUARDED_BY(_mutex);
};
}
