// Where other nodes hand in publications for this node's LOCAL topics: a PULL with a thread of its own, so
// that a flood delays neither the control plane nor the application.
//
// Ownership: open(), start() and close() are the service thread's, or nobody else's while that does not run.
// The socket, the ledgers and the awaited ends belong to the ingress thread while it runs; what it shares
// with the service thread to _mutex.
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "spot/base/clock.hpp"
#include "spot/base/mutex.hpp"
#include "spot/data/arrival.hpp"
#include "spot/data/counters.hpp"
#include "spot/data/oversized.hpp"
#include "spot/data/publisher.hpp"
#include "spot/registry/awaited_ends.hpp"
#include "spot/registry/loss_ledger.hpp"
#include "spot/registry/remembered.hpp"
#include "spot/transport/socket.hpp"
#include "spot/transport/wakeup.hpp"
#include "spot/wire/control.hpp"

namespace spot
{
struct ingress_options_t
{
    int recv_hwm = 10000;
    std::uint64_t recv_hwm_bytes = 64ULL << 20;
    std::uint64_t max_message_bytes = 1ULL << 30;
    wire::node_id_t node_id;
    millis_t heartbeat_ms = 1000;
    std::function<void()> wake;             // somebody is to be asked for a barrier
    std::shared_ptr<oversized_t> oversized; // what was larger; null: nobody asks
    millis_t send_timeout_ms = 10000;       // how long a full subscriber may hold up one frame
};

class ingress_t
{
  public:
    explicit ingress_t(publisher_t &publisher) : _publisher(publisher) {}
    ~ingress_t() { close(); }

    // 0, or -1 and libzmq's errno; `bound` is the endpoint with its real port.
    int open(const std::shared_ptr<ctx_state_t> &ctx, const ingress_options_t &options,
             const std::string &endpoint, std::string &bound);
    int start();  // 0, or -1 and errno: EAGAIN (no thread can be had), ENOMEM
    void close(); // ends the thread; idempotent

    // What publishers' messages were missed on their way here, by their source and by topic; some may be 0.
    using losses_t = std::unordered_map<wire::source_t, std::unordered_map<std::string, std::uint64_t>>;
    losses_t take_losses();

    // What a publisher says of how far its streams have got. It may overtake what is on its way here.
    void expect_ends(wire::source_t publisher, std::vector<wire::stream_end_t> ends);
    // It is gone: nothing can be asked of it.
    void give_up_ends(wire::source_t publisher) { expect_ends(publisher, {}); }
    // Which publishers are to be asked for a barrier, and of which number. While some ends are awaited,
    // look_at_ends() is to be called now and then.
    std::vector<std::pair<wire::source_t, std::uint64_t>> take_asked();
    bool awaits_ends() const { return _awaits.load(std::memory_order_relaxed); }
    void look_at_ends();

    std::uint64_t malformed() const { return _malformed.get(); }
    std::uint64_t ignored() const { return _ignored.get(); }

  private:
    void run();
    void take(arrival_t &arrival);
    void handle(arrival_t &arrival);
    bool too_large(const wire::data_frame_t &frame) const;
    void account(wire::source_t publisher, std::string_view topic, std::uint64_t seq, std::uint64_t count);
    bool is_known(wire::source_t publisher, const wire::stream_end_t &end) const;
    void take_barrier(std::string_view frame);
    void tend_ends(bool drained);
    void take_told(millis_t now);
    registry::loss_ledger_t &ledger_of(std::string_view topic);
    void put_ledgers_aside();
    void forward(outlet_t &outlet, parcel_t &parcel);

    static constexpr std::size_t max_aside = 16384;
    static constexpr std::size_t fewest_ledgers = 4096;

    publisher_t &_publisher;
    ingress_options_t _options;
    socket_t _socket;
    wakeup_t _wakeup;
    std::atomic<bool> _stop{false};
    std::thread _thread;
    std::unordered_map<std::string, registry::loss_ledger_t> _ledgers;
    // Of topics that were destroyed. Publishers go on counting when they are created again.
    registry::remembered_t<registry::loss_ledger_t> _aside{max_aside};
    std::size_t _put_aside_at = fewest_ledgers;
    registry::awaited_ends_t _awaited;
    using told_t = std::pair<wire::source_t, std::vector<wire::stream_end_t>>;
    std::deque<told_t> _taken;      // of what was told: not looked at yet
    std::atomic<bool> _look{false}; // at what was told of ends
    std::atomic<bool> _awaits{false};
    owned_counter_t _malformed, _ignored;

    mutex_t _mutex;
    losses_t _losses SPOT_GUARDED_BY(_mutex);
    std::deque<told_t> _told SPOT_GUARDED_BY(_mutex);
    std::vector<std::pair<wire::source_t, std::uint64_t>> _asked SPOT_GUARDED_BY(_mutex);
};
}
