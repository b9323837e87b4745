// The node: all calls that spot_pubsub_t and the Python extension offer. Not installed: C++ programs use
// spot_pubsub.hpp, which documents the calls.
//
// Thread safety: any thread. No method holds a lock while it waits.
//
// A method that returns int returns 0, or -1 with errno; `failure`, which may be null, then names the
// subject. Times are in milliseconds; a negative one is no limit. A wait ends with EINTR when a signal
// arrives or the hook of base/interrupt.hpp returns true.
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
    // Without a context the node makes a private one. Call open() next.
    node_t(std::shared_ptr<ctx_state_t> ctx, options_t options);
    ~node_t(); // closes
    node_t(const node_t &) = delete;
    node_t &operator=(const node_t &) = delete;

    int open(); // EMFILE, ENOMEM, EINVAL, EAGAIN (no thread can be started)
    // Idempotent. Sends published messages for at most linger_ms first. In a forked child it only marks the
    // node closed.
    void close();
    bool closed() const { return _closed.load(std::memory_order_acquire) || _fork.forked(); }

    // --- cluster --------------------------------------------------------------------------------------
    int bind(const std::string &endpoint, const bind_options_t &options, failure_t *failure);
    int cluster_add(const std::string &endpoint, millis_t timeout_ms, failure_t *failure);
    int cluster_remove(const std::string &endpoint, failure_t *failure);
    // EINVAL without a subject: there are no seeds. EHOSTUNREACH: none answered, and none was added.
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
    // The subscribers of any topic, LOCAL or not, as far as the nodes that are connected to this one report
    // them.
    std::size_t count_subscribers(const std::string &topic) const;
    // The ids of the nodes whose subscriptions are in effect at this one, so that its messages reach them.
    std::vector<std::string> served() const;

    // --- events ---------------------------------------------------------------------------------------
    // A new queue of events about topics, peers and subscribers, beginning with the current state. Closing
    // the node closes the queue. Null and errno: ENOTSOCK, EMFILE.
    std::shared_ptr<event_queue_t> watch();

    // --- subscriptions --------------------------------------------------------------------------------
    // Names and patterns. ENOENT, EINVAL with failure->subject; ETIMEDOUT with failure->missing.
    int subscribe(const std::vector<std::string> &names, bool missing_ok, millis_t timeout_ms,
                  failure_t *failure);
    int subscribe(const receive_queue_t &queue, const std::vector<std::string> &names, bool missing_ok,
                  millis_t timeout_ms, failure_t *failure);
    // An empty list ends all subscriptions.
    int unsubscribe(const std::vector<std::string> &names, failure_t *failure);
    int unsubscribe(const receive_queue_t &queue, const std::vector<std::string> &names, failure_t *failure);
    std::vector<std::string> subscriptions() const;

    // --- publishing -----------------------------------------------------------------------------------
    // A number that changes whenever the outlet of a topic may have changed: a caller may cache outlets until
    // then.
    std::uint64_t route_epoch() const { return _state.directory.route_epoch(); }
    // Null and errno: ENOENT, EINVAL (no such name), EHOSTUNREACH, ENOTSOCK.
    std::shared_ptr<outlet_t> outlet(std::string_view topic);
    // The same, but waits up to a second for an owner that is CONNECTING. EINTR, too.
    std::shared_ptr<outlet_t> outlet_soon(std::string_view topic, const deadline_t &deadline);
    // After EHOSTUNREACH: whether an owner of the topic is CONNECTING, and a text with the owner and the
    // reason.
    bool owner_connects(std::string_view topic) const
    {
        return _state.directory.owner_of(topic).state == peer_state_t::connecting;
    }
    std::string why_unreachable(std::string_view topic) const;
    // Publishes one message, which may share a frame with those that follow it within coalesce_us. Never
    // waits.
    send_t try_publish(outlet_t &outlet, std::string_view payload);
    // The same, but waits for room as send() does.
    int publish(std::shared_ptr<outlet_t> outlet, std::string_view payload);
    int publish(std::shared_ptr<outlet_t> outlet, std::string_view payload, millis_t timeout_ms);
    // Sends the messages that wait for others to share their frame. EAGAIN: there was no room within
    // send_timeout_ms.
    int flush();
    // Sends a parcel that the caller packed with `outlet`. Never waits.
    send_t try_send(outlet_t &outlet, parcel_t &parcel);
    // The same, but waits for room as options_t::overflow says. EAGAIN after send_timeout_ms (or
    // `timeout_ms`), EHOSTUNREACH, ENOENT (the topic is gone), EMSGSIZE, ENOTSOCK, EINTR. If the outlet ends
    // meanwhile, the topic's new one is used.
    int send(std::shared_ptr<outlet_t> outlet, parcel_t &parcel);
    int send(std::shared_ptr<outlet_t> outlet, parcel_t &parcel, millis_t timeout_ms);
    // Finds the topic's outlet and publishes one message.
    int publish(std::string_view topic, std::string_view payload, failure_t *failure);
    std::uint64_t max_message_bytes() const { return _options.max_message_bytes; }
    millis_t send_timeout_ms() const { return _options.send_timeout_ms; }

    // --- receiving ------------------------------------------------------------------------------------
    receiver_t &receiver() { return *_queues.default_queue().receiver; } // the default queue's
    // Makes another queue with subscriptions of its own; subscribe() and unsubscribe() take it, and its
    // receiver gives its messages. Closing the node closes its receiver. EMFILE, ENOMEM, EINVAL, ENOTSOCK,
    // EINTR.
    int open_queue(const queue_limits_t &limits, receive_queue_t &queue);
    // Closes a queue's receiver and ends its subscriptions at all peers, without waiting for them.
    // Idempotent. The owner of a queue calls it before it drops the queue.
    void close_queue(const receive_queue_t &queue);

    stats_t stats() const;
    // Counters by peer (in the order of peers()), and by topic. Both walk all topics of which this node has
    // received.
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
    mutex_t _topics_mutex; // makes the two steps of creating, or destroying, a topic one

    // These guard themselves and are used by any thread. Each may use those above it.
    shared_state_t _state;
    std::shared_ptr<flusher_t> _flusher; // null: coalesce_us is 0
    std::shared_ptr<publisher_t> _publisher;
    const std::shared_ptr<oversized_t> _oversized = std::make_shared<oversized_t>();
    receive_queues_t _queues;
    std::unique_ptr<service_t> _service;
};
}
