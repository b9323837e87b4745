// SPOT PUB/SUB: the public C++ class, one node of a cluster.
//
//   ctx_t ctx;
//   spot_pubsub_t spot (&ctx);
//   spot.bind ("tcp://*:5555");
//   spot.topic_create ("game:player1");
//   spot.cluster_add ("tcp://192.168.1.101:5555");
//   spot.cluster_sync (1000);
//   spot.subscribe ("chat:room1");
//
// Thread safety: any thread may call any method at any time.
//
// A method returns 0, or -1 with errno, unless its comment says otherwise. On a closed node errno is
// ENOTSOCK; without memory it is ENOMEM. No exception crosses this API. Times are in milliseconds: a negative
// one is no limit, and with 0 a call does not wait. A call whose wait is ended by a signal fails with EINTR.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "spot/base/event.hpp"
#include "spot/base/types.hpp"
#include "spot/pubsub/message.hpp"
#include "spot/transport/ctx.hpp"

namespace spot
{
class event_queue_t;
class node_t;
class subscriber_t;

// A queue of events about a node's topics, peers and subscribers. It begins with the current state, so that
// no change is missed. An event that another one undoes before it is read is dropped, so that a queue which
// nobody reads stays small. Any thread may call any method, except for assignment.
class watcher_t
{
  public:
    // Waits for the next event. EAGAIN (none in time), EINTR, ENOTSOCK (the watcher or its node was closed),
    // ENOMEM (once, after events for which there was no memory: they are missing).
    int recv(event_t &event, int timeout_ms = -1);
    int fd(); // readable (level-triggered) while an event waits
    void close();

  private:
    friend class spot_pubsub_t;
    std::shared_ptr<event_queue_t> _queue;
};

class spot_pubsub_t
{
  public:
    // Makes a private context.
    spot_pubsub_t();
    // Shares `ctx` with other nodes; null makes a private one.
    explicit spot_pubsub_t(ctx_t *ctx, const options_t &options = options_t());
    ~spot_pubsub_t(); // closes the node
    spot_pubsub_t(const spot_pubsub_t &) = delete;
    spot_pubsub_t &operator=(const spot_pubsub_t &) = delete;

    // Sends published messages for at most linger_ms, then closes the node. Idempotent. Calls that wait in
    // other threads end with ENOTSOCK.
    int close();

    // Makes the node listen at a control endpoint, so that others can connect and own topics can be seen.
    // EEXIST (bound already), ENOMEM, EADDRINUSE, EINVAL, EACCES. ipc: also EADDRINUSE when a file is at the
    // path, unless it is a socket on which no process listens, and the system's errors for the path (ENOENT,
    // ENOTDIR, EROFS). A host may be a name: ETIMEDOUT when it did not resolve within five seconds.
    int bind(const std::string &endpoint);
    int bind(const std::string &endpoint, const bind_options_t &options);
    std::string
    endpoint() const; // the control endpoint, as this machine can connect to it; empty before bind
    std::string data_endpoint() const; // empty before bind
    std::string node_id() const;       // 32 hex digits

    // Adds a peer by its control endpoint, and waits until it has answered. With time-out 0 it does not wait,
    // and the node tries to connect for ever, also while the host name does not resolve. EEXIST (added
    // already; a peer that was only learned of may be added), EHOSTUNREACH (the name does not resolve, or the
    // peer did not answer in time; it is not added then), EINVAL.
    int cluster_add(const std::string &endpoint, int timeout_ms = 0);
    // Removes a peer. ENOENT. Gossip does not bring the peer back; cluster_add does.
    int cluster_remove(const std::string &endpoint);
    // Adds all seeds at once and returns when one has answered; the others are then tried for ever. Without
    // seeds it takes those of the environment variable SPOT_SEEDS, separated by commas. It skips the node's
    // own endpoint, so that all nodes of a cluster may get the same seeds. A name need not resolve yet. With
    // time-out 0 it does not wait, and keeps all seeds. EHOSTUNREACH (no answer in time; no seed is added
    // then), EINVAL (no seeds, or no endpoint).
    int join(const std::vector<std::string> &seeds = {}, int timeout_ms = 5000);
    // Asks all peers for their topics at once, and waits for all answers. ETIMEDOUT: `missing` names the
    // peers that did not answer; the topics of the others are registered.
    int cluster_sync(int timeout_ms, std::vector<std::string> *missing = nullptr);
    std::vector<peer_info_t> peers() const;

    // Makes this node an owner of the topic. `shared`: other nodes may own it, too, without a warning.
    // EEXIST, EINVAL.
    int topic_create(const std::string &topic, bool shared = false);
    int topic_destroy(const std::string &topic); // ENOENT
    // Registers a topic of another node by hand, and adds that peer if it is unknown. EEXIST (the topic is
    // LOCAL), EINVAL.
    int topic_route(const std::string &topic, const std::string &endpoint);
    bool topic_exists(const std::string &topic) const;
    bool topic_is_local(const std::string &topic) const;
    std::vector<topic_info_t> list_topics() const; // sorted by name

    int watch(watcher_t &watcher); // replaces `watcher` by a new queue. EMFILE
    // These three wait for a state. ETIMEDOUT, EINTR, EINVAL.
    //
    // Until the topic is known, LOCAL or REMOTE.
    int wait_for_topic(const std::string &topic, int timeout_ms = 5000);
    // Until at least n peers are UP.
    int wait_for_peers(std::size_t n, int timeout_ms = 5000);
    // Until at least n receive queues, over all nodes, subscribe to a LOCAL topic. ENOENT: the topic is not
    // LOCAL, or is no longer.
    int wait_for_subscribers(const std::string &topic, std::size_t n = 1, int timeout_ms = 5000);

    // Subscribes. On return the subscription is in effect at this node and at every peer that is UP. ENOENT
    // (no such topic), EINVAL, ETIMEDOUT (a peer that is UP did not confirm within 5 s; the subscription
    // stays). `missing_ok`: the topic need not exist yet.
    int subscribe(const std::string &topic, bool missing_ok = false);
    int subscribe_pattern(const std::string &pattern);
    int subscribe_many(const std::vector<std::string> &names, bool missing_ok = false, int timeout_ms = 5000,
                       failure_t *failure = nullptr);
    int unsubscribe(const std::string &name); // a topic or a pattern. ENOENT
    int unsubscribe_all();
    std::vector<std::string> subscriptions() const; // sorted

    // Publishes a message to a topic of this or of another node. ENOENT (no such topic), EAGAIN (no room
    // within send_timeout_ms), EMSGSIZE, EHOSTUNREACH (no owner is UP).
    int publish(const std::string &topic, std::string_view data);
    int publish(const std::string &topic, const void *data, std::size_t size);
    // Publishes several messages; small ones share frames. `published` is how many were published, also after
    // an error.
    int publish_many(const std::string &topic, const std::vector<std::string_view> &items,
                     std::size_t *published = nullptr);

    // Sends the messages that wait for others to share their frame (options_t::coalesce_us) now. EAGAIN (no
    // room within send_timeout_ms).
    int flush();

    int recv(message_t &message, int timeout_ms = -1); // EAGAIN (none in time), EINTR
    // Appends at most `max` messages; waits for the first only.
    int recv_many(std::vector<message_t> &messages, std::size_t max, int timeout_ms = -1);
    int poll(int timeout_ms = -1); // 0: a message waits; EAGAIN, EINTR
    int fd();                      // readable (level-triggered) while a message waits

    // Makes another receive queue of this node with subscriptions of its own, so that a slow reader does not
    // delay others. Replaces `subscriber`, unless it fails. EMFILE, and the errors of subscribe_many.
    int subscriber(subscriber_t &subscriber, const std::vector<std::string> &names = {},
                   const subscriber_options_t &options = subscriber_options_t(),
                   failure_t *failure = nullptr);

    stats_t stats() const; // with those of its subscribers
    std::vector<peer_stats_t> peer_stats() const;
    std::vector<topic_stats_t> topic_stats() const; // in no particular order

  private:
    std::shared_ptr<node_t> _node; // shared with subscribers; null when the node could not be made
    int _open_error = 0;           // the errno of that
};
}
