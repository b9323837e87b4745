// The service thread of a node: it runs what public methods ask for, keeps the peers, serves the ROUTER and
// owns the timers. It polls all its sockets at once and never waits for a peer.
//
// Thread safety: the public methods may be called from any thread. They post a task to the service thread and
// wait for its end without holding a mutex.
//
// Invariants:
//   1. From start() until the thread has ended, everything private but the mailbox, the counters and the two
//      atomic flags belongs to the service thread. stop() only tells the thread to end, and waits.
//   2. A part of a turn that finds no memory keeps no other part from being done, and is gone on with in the
//   next
//      turn. Every part can be cut short at any allocation.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "spot/base/clock.hpp"
#include "spot/base/log.hpp"
#include "spot/base/types.hpp"
#include "spot/cluster/completion.hpp"
#include "spot/cluster/gone_topics.hpp"
#include "spot/cluster/lookups.hpp"
#include "spot/cluster/mailbox.hpp"
#include "spot/cluster/membership.hpp"
#include "spot/cluster/operations.hpp"
#include "spot/cluster/peers.hpp"
#include "spot/cluster/receivers.hpp"
#include "spot/cluster/server.hpp"
#include "spot/cluster/shared_state.hpp"
#include "spot/cluster/stream_ends.hpp"
#include "spot/data/ingress.hpp"
#include "spot/data/oversized.hpp"
#include "spot/data/publisher.hpp"
#include "spot/data/subscriber_connections.hpp"
#include "spot/transport/poll.hpp"

namespace spot
{
class service_t : private operations_events_t
{
  public:
    service_t(std::shared_ptr<ctx_state_t> ctx, const options_t &options, const wire::node_id_t &node_id,
              std::string own_endpoint, shared_state_t &state, publisher_t &publisher,
              std::shared_ptr<receiver_t> receiver, std::shared_ptr<oversized_t> oversized);
    ~service_t() override { stop(); }
    service_t(const service_t &) = delete;
    service_t &operator=(const service_t &) = delete;

    int start(); // 0, or -1 and errno
    // Ends the ingress thread, says BYE, ends every request with ENOTSOCK, closes the control sockets.
    // Idempotent; one thread at a time.
    void stop();

    // 0, or -1 and errno as node.hpp says.
    int bind(const std::string &endpoint, const bind_options_t &options, failure_t *failure);
    int add_peer(const std::string &endpoint, millis_t timeout_ms, failure_t *failure);
    int join(const std::vector<std::string> &seeds, millis_t timeout_ms, failure_t *failure);
    int remove_peer(const std::string &endpoint);
    int sync(millis_t timeout_ms, failure_t *failure);
    int route(const std::string &topic, const std::string &endpoint);
    // Another receiver, which is open: connects it wherever this node is connected, now and later. EMFILE,
    // ENOTSOCK (it or the node was closed).
    int add_receiver(receiver_id_t id, const std::shared_ptr<receiver_t> &receiver);
    // After it was closed. Does not wait; calls of fence() for it end with ENOTSOCK.
    void remove_receiver(receiver_id_t id);
    // Waits until every subscription that the receiver has made so far is in effect at every peer that is UP.
    // `added`: the last ones, which nobody counts before they are.
    int fence(receiver_id_t id, const std::vector<std::string> &added, millis_t timeout_ms,
              failure_t *failure);
    void unsubscribed(receiver_id_t id);
    // Wakes the service thread: shared_state_t has something for it.
    void wake() { _mailbox->wakeup().set(); }

    void count(stats_t &stats) const;

  private:
    // The service thread's.
    void fence_ended(std::uint64_t counter) override;
    void fence_left(const wire::node_id_t &node_id, receiver_id_t receiver) override;
    void addition_failed(peer_key_t key) override;
    std::string reason_of(peer_key_t key) override;

    using completion_ref = std::shared_ptr<completion_t>;
    // Runs `work` on the service thread and waits until the completion is finished.
    int request(std::function<void(const completion_ref &)> work, failure_t *failure = nullptr);

    // A bind whose names are being looked up.
    struct binding_t
    {
        completion_ref done;
        deadline_t deadline;
        endpoint_t endpoint;
        bind_options_t options;
        std::shared_ptr<failure_t> failure;
    };
    void begin_bind(binding_t binding);
    int cancel_bind(const std::shared_ptr<completion_ref> &asked);
    bool try_bind(binding_t &binding); // false: it still waits
    // Puts an address for the host, if it is a name: 0, or -1 and errno, EAGAIN while it is being looked up.
    int put_address(endpoint_t &endpoint, failure_t &failure);
    void try_bindings();
    void end_bindings(millis_t now, int error);
    int do_bind(const endpoint_t &endpoint, const bind_options_t &options, failure_t &failure);
    int bind_sockets(const endpoint_t &endpoint, const bind_options_t &options, std::string &data_bound,
                     failure_t &failure);
    // The service thread's.
    struct added_t
    {
        completion_ref done;
        std::vector<peer_key_t> keys;
    };
    int undo_if_interrupted(int result, const std::shared_ptr<added_t> &added);
    struct seed_t
    {
        std::string spelled;
        endpoint_t endpoint;
    };
    // `added`: the peers that the join made this node's peers.
    void do_join(const std::vector<seed_t> &seeds, millis_t timeout_ms, const completion_ref &done,
                 std::vector<peer_key_t> &added);
    // Null: the peer was not added.
    peer_t *do_add(const std::string &spelled, const endpoint_t &endpoint, millis_t timeout_ms,
                   const completion_ref &done);
    void do_sync(millis_t timeout_ms, const completion_ref &done);
    int do_add_receiver(receiver_id_t id, const std::shared_ptr<receiver_t> &receiver);
    void do_remove_receiver(receiver_id_t id);
    void do_fence(receiver_id_t id, std::vector<std::string> added, millis_t timeout_ms,
                  const completion_ref &done);
    int do_route(const std::string &topic, const std::string &spelled, const endpoint_t &endpoint);
    bool is_own(const endpoint_t &endpoint) const;

    void run();
    void run_tasks();
    void run_taken_tasks();
    // Runs a part of a turn; invariant 2.
    template <typename Work> void step(Work work);
    void end();
    void leave();
    void hand_over_the_rest();
    void turn(millis_t now);
    void process_peers(millis_t now);
    void poll();
    void handle_publisher(millis_t now);
    void tend_subscribers(millis_t now);
    void handle_monitors();
    void handle_server(millis_t now);
    void tell_news(millis_t now);
    // service_ends.cpp
    void set_up_ends();
    void tell_ends_and_losses(millis_t now);
    void tend_ends(millis_t now);
    void tick(millis_t now);
    bool must_look(socket_t &socket, std::size_t entry) const;
    void log_troubles(millis_t now);
    void log_oversized();

    const std::shared_ptr<ctx_state_t> _ctx;
    const options_t &_options;
    const wire::node_id_t _node_id;
    const std::string _own_endpoint;
    const logger_t _log;
    shared_state_t &_state;
    publisher_t &_publisher;
    const std::shared_ptr<receiver_t> _receiver; // the default one

    const std::shared_ptr<mailbox_t> _mailbox;
    std::thread _thread; // start() and stop() are not called at the same time
    std::atomic<bool> _stop{false};
    server_counters_t _counters;
    ingress_t _ingress; // thread of its own; started by bind

    // The service thread's.
    operations_t _operations;
    receivers_t _receivers;
    peers_t _peers;
    server_t _server;
    membership_t _membership;
    subscriber_connections_t _subscribers;
    gone_topics_t _gone_topics;
    const std::shared_ptr<oversized_t> _oversized;
    stream_ends_t _ends;
    millis_t _next_look_at_ends = 0;
    ingress_t::losses_t _ingress_losses; // not told yet
    bool _awaits_ends = false;           // a receiver waits for the end of a stream
    bool _subscriptions_left = false;    // more have arrived than one turn looks at
    millis_t _next_look_at_subscribers = 0;
    bool _bound = false;
    endpoint_t _bound_at;
    lookups_t _bind_lookups;
    std::map<std::string, addresses_t> _bind_found; // the addresses of names, while a bind waits
    std::list<binding_t> _bindings;
    millis_t _next_tick = 0;
    millis_t _next_heartbeat = 0;
    millis_t _tell_changes_at = 0;
    bool _publishing = false; // a thread published before the last look: look again at _next_look
    millis_t _next_look = 0;
    struct troubles_t // the counters that the log has told last
    {
        std::uint64_t malformed = 0, lost = 0, overflowed = 0;
    };
    troubles_t _told;
    millis_t _next_troubles = 0;
    std::uint64_t _cut_short = 0;          // turns without memory since the log told of them
    bool _is_cut_short = false;            // this turn is one of them
    std::vector<mailbox_t::task_t> _tasks; // taken from the mailbox
    std::size_t _next_task = 0;            // of _tasks
    std::vector<wire::token_t> _fences;    // tokens that came out of the XPUB; to be answered
    std::atomic<bool> _some_unsubscribed{
        false}; // a receiver unsubscribed, and there was no memory to say which

    poll_set_t _polled;
    std::size_t _publisher_entry = 0, _router_entry = 0, _relay_entry = 0;
    std::vector<std::pair<peer_key_t, std::size_t>> _peer_entries;
    peer_key_t _next_peer = 0; // the peer that comes first in the next turn
    bool _peers_left = false;  // some peers were not looked at in this turn
};
}
