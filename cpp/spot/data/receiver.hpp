// The receiving end: one XSUB socket, connected to the node's own XPUB and to every peer's. The XPUBs filter;
// what arrives is looked up here by its topic, so that a SUB, which would filter again, does not pay.
//
// Ownership: the socket, the cursor and the tables belong to _mutex. Nobody waits while holding it, and no
// object of a host language is touched under it.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
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
#include "spot/data/flusher.hpp"
#include "spot/data/frame.hpp"
#include "spot/data/frame_queue.hpp"
#include "spot/data/outlet.hpp"
#include "spot/data/oversized.hpp"
#include "spot/registry/awaited_ends.hpp"
#include "spot/registry/name_table.hpp"
#include "spot/registry/remembered.hpp"
#include "spot/registry/subscriptions.hpp"
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
    // Takes a message and hands out what follows it in its frame, so that a caller with a lock of its own
    // need not come here for each. Nothing is handed out while another thread waits. `run` must be empty;
    // what it holds may be taken while its generation is generation(), and after that must be given back
    // before anything else is taken.
    take_t try_take_run(delivery_t &out, run_t &run);
    void give_back(run_t &run);
    std::uint64_t generation() const { return _generation.load(std::memory_order_acquire); }
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
    // For how long frames of an ended subscription may still be on their way.
    static constexpr millis_t stray_ms = 1000;

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
    void hand_out(run_t &run) SPOT_REQUIRES(_mutex);
    void call_back(bool unwanted) SPOT_REQUIRES(_mutex);
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

    bool wanted(topic_slot_t &slot) SPOT_REQUIRES(_mutex);
    bool may_go(const topic_slot_t &slot) const SPOT_REQUIRES(_mutex);
    void take_up(topic_slot_t &slot) SPOT_REQUIRES(_mutex);
    void drop_unwanted_asides() SPOT_REQUIRES(_mutex);
    bool wanted(const frame_t &frame) SPOT_REQUIRES(_mutex) { return frame.barrier || wanted(*frame.slot); }
    topic_slot_t *slot_of(std::string_view topic) SPOT_REQUIRES(_mutex);
    void drop_slot(std::string_view topic) SPOT_REQUIRES(_mutex);
    void drop_unwanted_slots() SPOT_REQUIRES(_mutex);
    void drop_unwanted_frames() SPOT_REQUIRES(_mutex);
    void unsubscribe_known(const std::vector<std::string> &names) SPOT_REQUIRES(_mutex);
    void forget_ended_sources() SPOT_REQUIRES(_mutex);
    void keep_absent_source(wire::source_t source) SPOT_REQUIRES(_mutex);
    void remember_end(const std::string &name) SPOT_REQUIRES(_mutex);
    bool ended_lately(const std::string &topic, millis_t now) SPOT_REQUIRES(_mutex);
    void end_streams(topic_slot_t &slot) SPOT_REQUIRES(_mutex);
    void keep_streams(const registry::loss_ledger_t &ledger) SPOT_REQUIRES(_mutex);

    bool something_waits() SPOT_REQUIRES(_mutex);
    // Must be the last thing before _mutex is released, after any use of the socket or the cursor: turn_t.
    void update_signal() SPOT_REQUIRES(_mutex);
    void set_signal(bool on) SPOT_REQUIRES(_mutex);

    static std::string_view name_of(const ref_t<topic_slot_t> &slot) { return slot->name; }

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
    // What was handed out. A new generation calls it back; written under _mutex.
    std::atomic<std::uint64_t> _generation{1};
    ref_t<topic_slot_t> _handed_slot SPOT_GUARDED_BY(_mutex); // null: nothing
    wire::node_id_t _handed_id SPOT_GUARDED_BY(_mutex);
    bool _handed_unwanted SPOT_GUARDED_BY(_mutex) = false; // it is called back to be dropped

    // Taken off the socket, and no frame yet while _arrival_waits: there was no memory for one.
    arrival_t _arrival SPOT_GUARDED_BY(_mutex);
    bool _arrival_waits SPOT_GUARDED_BY(_mutex) = false;
    ref_t<frame_t> _next SPOT_GUARDED_BY(_mutex); // comes before all others; null: not known yet
    // Frames taken in ahead of the socket: of a retired connection, or injected.
    frame_queue_t _pending SPOT_GUARDED_BY(_mutex);

    registry::subscription_table_t _subscriptions SPOT_GUARDED_BY(_mutex);
    std::uint64_t _epoch SPOT_GUARDED_BY(_mutex) = 1;
    registry::name_table_t<ref_t<topic_slot_t>, name_of> _slots SPOT_GUARDED_BY(_mutex);
    topic_slot_t *_last_slot SPOT_GUARDED_BY(_mutex) = nullptr;
    // What is kept of a topic that is gone, so that its numbers go on when it comes back.
    struct aside_t
    {
        std::string topic;
        registry::topic_losses_t losses;
    };
    static constexpr std::size_t max_aside = 16384;
    registry::remembered_t<aside_t> _aside SPOT_GUARDED_BY(_mutex){max_aside};
    std::unordered_map<std::string, millis_t> _ended_names SPOT_GUARDED_BY(_mutex); // names, and when
    millis_t _pattern_ended SPOT_GUARDED_BY(_mutex) = 0;
    std::size_t _sweep_at SPOT_GUARDED_BY(_mutex) = 4096;
    std::unordered_map<wire::source_t, wire::node_id_t> _sources SPOT_GUARDED_BY(_mutex);
    std::vector<wire::source_t> _ended_sources SPOT_GUARDED_BY(_mutex); // removed, but not yet forgotten
    std::deque<wire::source_t> _absent SPOT_GUARDED_BY(_mutex); // those that may return; the newest last
    std::unordered_map<wire::source_t, std::unordered_map<std::string, std::uint64_t>>
        _losses SPOT_GUARDED_BY(_mutex);
    registry::awaited_ends_t _ends SPOT_GUARDED_BY(_mutex);
    // What came of each source in subscriptions that ended.
    registry::owner_counts_t _ended_streams SPOT_GUARDED_BY(_mutex);
};
}
