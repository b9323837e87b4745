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
// Every method is thread-safe, and returns 0, or -1 with errno, unless it says otherwise. On a closed node
// errno is ENOTSOCK, out of memory it is ENOMEM. No exception crosses this API. Times are in milliseconds;
// a negative one waits for ever, 0 does not wait. A wait that a signal ends gives EINTR.
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

// A queue of what happens to a node's topics, peers and subscribers. It begins with the current state, so
// that nothing is missed. What was undone before it was read is not told, so that a queue nobody reads stays
// small.
class watcher_t
{
  public:
    // Waits for the next event. EAGAIN, EINTR, ENOTSOCK (the watcher or its node was closed), ENOMEM (once:
    // there was no memory for some events, which are missing).
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
    // A private context.
    spot_pubsub_t();
    explicit spot_pubsub_t(ctx_t *ctx, const options_t &options = options_t());
    ~spot_pubsub_t(); // closes
    spot_pubsub_t(const spot_pubsub_t &) = delete;
    spot_pubsub_t &operator=(const spot_pubsub_t &) = delete;

    // Idempotent. What was published leaves first, for at most linger_ms; calls that wait in other threads
    // end with ENOTSOCK.
    int close();

    // Server mode. EEXIST (bound already), ENOMEM, EADDRINUSE, EINVAL, EACCES. ipc: EADDRINUSE, too, when
    // anything but a socket that nobody listens on stands at the path, and what the system says of the path
    // (ENOENT, ENOTDIR, EROFS). A host may be a name: ETIMEDOUT when it was not looked up within five
    // seconds.
    int bind(const std::string &endpoint);
    int bind(const std::string &endpoint, const bind_options_t &options);
    std::string endpoint() const; // connectable from this machine; empty before bind
    std::string data_endpoint() const;
    std::string node_id() const; // 32 hex digits

    // EEXIST (added already; not if it was only learned of), EHOSTUNREACH (no such name, or no answer in
    // time: then the peer is not added), EINVAL. With time-out 0 it returns at once, and the connection is
    // kept up for ever; a name that does not resolve yet is tried for ever, too.
    int cluster_add(const std::string &endpoint, int timeout_ms = 0);
    // ENOENT. Gossip does not bring the peer back; cluster_add does.
    int cluster_remove(const std::string &endpoint);
    // Adds all of these at once and returns when one answered; then the others are tried for ever. None:
    // those of the environment variable SPOT_SEEDS, separated by commas. The node's own endpoint is passed
    // over: all nodes of a cluster may be given the same seeds. Names may become known later. EHOSTUNREACH
    // (no answer in time: then none of them is added), EINVAL (no seeds, or no endpoint). With time-out 0 it
    // returns at once, and keeps all of them.
    int join(const std::vector<std::string> &seeds = {}, int timeout_ms = 5000);
    // Asks every peer for its topics, all at once. ETIMEDOUT: `missing` names who did not answer; what the
    // others answered is registered.
    int cluster_sync(int timeout_ms, std::vector<std::string> *missing = nullptr);
    std::vector<peer_info_t> peers() const;

    int topic_create(const std::string &topic, bool shared = false); // EEXIST, EINVAL
    int topic_destroy(const std::string &topic);                     // ENOENT
    // Registers a REMOTE topic by hand; adds the peer when it is unknown. EEXIST (LOCAL already), EINVAL.
    int topic_route(const std::string &topic, const std::string &endpoint);
    bool topic_exists(const std::string &topic) const;
    bool topic_is_local(const std::string &topic) const;
    std::vector<topic_info_t> list_topics() const; // sorted by name

    int watch(watcher_t &watcher); // EMFILE
    // Return when it is so. ETIMEDOUT, EINTR; EINVAL; of subscribers ENOENT when the topic is not LOCAL, or
    // is no longer.
    int wait_for_topic(const std::string &topic, int timeout_ms = 5000); // known, LOCAL or REMOTE
    int wait_for_peers(std::size_t n, int timeout_ms = 5000);            // at least n are UP
    // At least n receive queues, over all nodes, subscribe to a LOCAL topic.
    int wait_for_subscribers(const std::string &topic, std::size_t n = 1, int timeout_ms = 5000);

    // In effect on return, here and at every peer that is UP. ENOENT, EINVAL, ETIMEDOUT (a peer that is UP
    // did not confirm within 5 s; the subscription stays).
    int subscribe(const std::string &topic, bool missing_ok = false); // missing_ok: for when it appears
    int subscribe_pattern(const std::string &pattern);
    int subscribe_many(const std::vector<std::string> &names, bool missing_ok = false, int timeout_ms = 5000,
                       failure_t *failure = nullptr);
    int unsubscribe(const std::string &name); // ENOENT
    int unsubscribe_all();
    std::vector<std::string> subscriptions() const; // sorted

    // ENOENT, EAGAIN (no room within send_timeout_ms), EMSGSIZE, EHOSTUNREACH (no owner is UP).
    int publish(const std::string &topic, std::string_view data);
    int publish(const std::string &topic, const void *data, std::size_t size);
    // Packs small messages into shared frames. Returns how many were published before an error.
    int publish_many(const std::string &topic, const std::vector<std::string_view> &items,
                     std::size_t *published = nullptr);

    // Sends what waits to share a frame with later messages (options_t::coalesce_us) now. EAGAIN.
    int flush();

    int recv(message_t &message, int timeout_ms = -1); // EAGAIN, EINTR
    // Appends up to `max`, waiting for the first only.
    int recv_many(std::vector<message_t> &messages, std::size_t max, int timeout_ms = -1);
    int poll(int timeout_ms = -1); // 0: a message is there; EAGAIN, EINTR
    int fd();                      // readable (level-triggered) while a message waits

    // Another receive queue of this node, with subscriptions of its own: one slow reader does not delay
    // another. `subscriber` is replaced, unless this fails. EMFILE, and what subscribe_many says.
    int subscriber(subscriber_t &subscriber, const std::vector<std::string> &names = {},
                   const subscriber_options_t &options = subscriber_options_t(),
                   failure_t *failure = nullptr);

    stats_t stats() const; // its subscribers' included
    std::vector<peer_stats_t> peer_stats() const;
    std::vector<topic_stats_t> topic_stats() const; // in any order

  private:
    std::shared_ptr<node_t> _node; // subscribers refer to it, too; null when it could not be made
    int _open_error = 0;
};
}
