// The node: everything that spot_pubsub_t and the Python extension offer, in one place. Not installed:
// C++ programs use spot_pubsub.hpp.
//
// Every method is thread-safe. Methods that return int give 0, or -1 and errno; `failure` (may be null)
// then says what it was about. No method holds a lock while it waits. Times are in milliseconds; negative
// ones wait for ever. A wait ends with EINTR when a signal arrives or base/interrupt.hpp says so.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "spot/base/clock.hpp"
#include "spot/base/fork_guard.hpp"
#include "spot/base/mutex.hpp"
#include "spot/base/types.hpp"
#include "spot/cluster/events.hpp"
#include "spot/cluster/shared_state.hpp"
#include "spot/data/outlet.hpp"
#include "spot/data/publisher.hpp"
#include "spot/data/receiver.hpp"
#include "spot/pubsub/receive_queues.hpp"
#include "spot/transport/ctx_state.hpp"

namespace spot
{
class service_t;

class node_t
{
  public:
    // A null context: the node makes a private one. Call open() next.
    node_t(std::shared_ptr<ctx_state_t> ctx, options_t options);
    ~node_t(); // closes
    node_t(const node_t &) = delete;
    node_t &operator=(const node_t &) = delete;

    int open(); // EMFILE, ENOMEM, EINVAL, EAGAIN (no thread can be had)
    // Idempotent; what was published leaves first, for at most linger_ms. In a forked child it only marks
    // the node closed.
    void close();
    bool closed() const { return _closed.load(std::memory_order_acquire) || _fork.forked(); }

    // --- cluster --------------------------------------------------------------------------------------
    int bind(const std::string &endpoint, const bind_options_t &options, failure_t *failure);
    int cluster_add(const std::string &endpoint, millis_t timeout_ms, failure_t *failure);
    int cluster_remove(const std::string &endpoint, failure_t *failure);
    // EINVAL without a subject: there are no seeds. EHOSTUNREACH: none answered, none was added.
    int join(const std::vector<std::string> &seeds, millis_t timeout_ms, failure_t *failure);
    int cluster_sync(millis_t timeout_ms, failure_t *failure); // ETIMEDOUT with failure->missing
    std::vector<peer_info_t> peers() const;

    const wire::node_id_t &node_id() const { return _node_id; }
    const std::string &name() const { return _options.name; }
    std::string endpoint() const;      // empty before bind
    std::string data_endpoint() const; // the same

    // --- topics ---------------------------------------------------------------------------------------
    int topic_create(const std::string &topic, bool shared, failure_t *failure);
    int topic_destroy(const std::string &topic, failure_t *failure);
    int topic_route(const std::string &topic, const std::string &endpoint, failure_t *failure);
    bool topic_exists(const std::string &topic) const;
    bool topic_is_local(const std::string &topic) const;
    std::vector<topic_info_t> list_topics() const;
    // Of any topic, LOCAL or not, as far as nodes that are connected to this one report it.
    std::size_t count_subscribers(const std::string &topic) const;
    // The ids of nodes whose subscriptions are in effect at this one: what it publishes reaches them.
    std::vector<std::string> served() const;

    // --- events ---------------------------------------------------------------------------------------
    // A queue of its own of what happens to topics, peers and subscribers; it begins with the current state.
    // Closing the node closes it. Null and errno: ENOTSOCK, EMFILE.
    std::shared_ptr<event_queue_t> watch();

    // --- subscriptions --------------------------------------------------------------------------------
    // Names and patterns. ENOENT, EINVAL with failure->subject; ETIMEDOUT with failure->missing.
    int subscribe(const std::vector<std::string> &names, bool missing_ok, millis_t timeout_ms,
                  failure_t *failure);
    int subscribe(const receive_queue_t &queue, const std::vector<std::string> &names, bool missing_ok,
                  millis_t timeout_ms, failure_t *failure);
    // An empty list: everything.
    int unsubscribe(const std::vector<std::string> &names, failure_t *failure);
    int unsubscribe(const receive_queue_t &queue, const std::vector<std::string> &names, failure_t *failure);
    std::vector<std::string> subscriptions() const;

    // --- publishing -----------------------------------------------------------------------------------
    // Changes whenever a topic's outlet may have changed: outlets may be cached until then.
    std::uint64_t route_epoch() const { return _state.route_epoch(); }
    // Null and errno: ENOENT, EINVAL (no such name), EHOSTUNREACH, ENOTSOCK.
    std::shared_ptr<outlet_t> outlet(std::string_view topic);
    // The same; while an owner is CONNECTING it is waited for, but not for long. EINTR, too.
    std::shared_ptr<outlet_t> outlet_soon(std::string_view topic, const deadline_t &deadline);
    // After EHOSTUNREACH: an owner of the topic is CONNECTING, the others are DOWN; and which it is, and why.
    bool owner_connects(std::string_view topic) const
    {
        return _state.owner_of(topic).state == peer_state_t::connecting;
    }
    std::string why_unreachable(std::string_view topic) const;
    // One message, which may share a frame with those that follow it within coalesce_us. Without waiting for
    // anything.
    send_t try_publish(outlet_t &outlet, std::string_view payload);
    // The same, waiting for room as send() does.
    int publish(std::shared_ptr<outlet_t> outlet, std::string_view payload);
    int publish(std::shared_ptr<outlet_t> outlet, std::string_view payload, millis_t timeout_ms);
    // Sends what waits for company. EAGAIN when there was no room for it within send_timeout_ms.
    int flush();
    // Without waiting for anything. The caller packed the parcel with `outlet`.
    send_t try_send(outlet_t &outlet, parcel_t &parcel);
    // Waits for room as `overflow` says: EAGAIN after send_timeout_ms (or `timeout_ms`), EHOSTUNREACH, ENOENT
    // (the route went), EMSGSIZE, ENOTSOCK, EINTR. When the route ended meanwhile the topic's new one is
    // used.
    int send(std::shared_ptr<outlet_t> outlet, parcel_t &parcel);
    int send(std::shared_ptr<outlet_t> outlet, parcel_t &parcel, millis_t timeout_ms);
    // outlet + publish.
    int publish(std::string_view topic, std::string_view payload, failure_t *failure);
    std::uint64_t max_message_bytes() const { return _options.max_message_bytes; }
    millis_t send_timeout_ms() const { return _options.send_timeout_ms; }

    // --- receiving ------------------------------------------------------------------------------------
    receiver_t &receiver() { return *_queues.default_queue().receiver; } // of the default queue
    // Another queue, with subscriptions of its own, whose calls are those above and its receiver's.
    // Closing the node closes its receiver. EMFILE, ENOMEM, EINVAL, ENOTSOCK, EINTR.
    int open_queue(const queue_limits_t &limits, receive_queue_t &queue);
    // Ends its subscriptions everywhere. Idempotent, and does not wait for peers. Whoever lets go of a queue
    // calls it.
    void close_queue(const receive_queue_t &queue);

    stats_t stats() const;
    // By peer (as in peers()), and by topic. Both walk all topics that this node has received of.
    std::vector<peer_stats_t> peer_stats() const;
    std::vector<topic_stats_t> topic_stats() const;

  private:
    template <typename Attempt>
    int until_room(std::shared_ptr<outlet_t> outlet, millis_t timeout_ms, Attempt attempt);
    int usable() const; // 0, or -1 and ENOTSOCK
    int open_receiver(const receive_queue_t &queue, const queue_limits_t &limits);
    std::string own_endpoint() const;
    void close_everything();

    // Constant after construction.
    const options_t _options;
    const wire::node_id_t _node_id;
    const fork_guard_t _fork;

    std::shared_ptr<ctx_state_t> _ctx;
    bool _private_ctx = false;
    std::atomic<bool> _closed{false};
    mutex_t _close_mutex; // one closer at a time
    bool _close_done SPOT_GUARDED_BY(_close_mutex) = false;
    mutex_t _topics_mutex; // creating and destroying a topic is two steps

    // Self-synchronised; used from any thread. Declared in the order they are needed: each may use those
    // above it.
    shared_state_t _state;
    std::shared_ptr<flusher_t> _flusher; // null: coalesce_us is 0
    std::shared_ptr<publisher_t> _publisher;
    const std::shared_ptr<oversized_t> _oversized = std::make_shared<oversized_t>();
    receive_queues_t _queues;
    std::unique_ptr<service_t> _service;
};
}
