// The publishing end: one XPUB for all LOCAL topics, bound to a private inproc:// endpoint for the node's
// own subscriptions and, once the node is bound, to its data endpoint.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "spot/base/clock.hpp"
#include "spot/base/types.hpp"
#include "spot/data/outlet_map.hpp"
#include "spot/data/stream_writer.hpp"
#include "spot/data/subscriber_connections.hpp"
#include "spot/data/topic_sums.hpp"
#include "spot/wire/control.hpp"

namespace spot
{
struct publisher_options_t
{
    int send_hwm = 10000;
    std::uint64_t send_hwm_bytes = 64ULL << 20;
    int linger_ms = 500;
    int stall_timeout_ms = 30000;
    std::shared_ptr<flusher_t> flusher; // null: every message leaves alone
    bool block = false; // when a subscriber is full: fail with `full` instead of dropping for it
};

class publisher_t
{
  public:
    // 0, or -1 and errno. `own` is the private inproc:// endpoint.
    int open(const std::shared_ptr<ctx_state_t> &ctx, const publisher_options_t &options,
             const std::string &own, const wire::node_id_t &id);
    // 0, or -1 and libzmq's errno; `bound` is the endpoint with its real port.
    int bind(const std::string &endpoint, std::string &bound);
    int unbind(const std::string &endpoint);
    void close();

    void add_topic(std::string_view topic);
    void remove_topic(std::string_view topic); // throws std::bad_alloc, and then it is there
    void forget_topic(std::string_view topic); // the same, but that its numbers begin anew
    std::shared_ptr<outlet_t> find(std::string_view topic) const { return _outlets.find(topic); }

    // Makes what this node's own receivers asked for take effect.
    void settle();
    // Looks at subscriptions that arrived: notes whose they are, and collects the fence tokens among them.
    // All else is libzmq's business. False when some are left, because there were many.
    bool drain(std::vector<wire::token_t> &tokens, subscriber_connections_t &connections);

    stream_writer_t &sink() { return *_sink; }
    const std::shared_ptr<flusher_t> &flusher() const { return _flusher; }
    // Which topics have fallen silent since the last call, or all that published, and how far they have got:
    // see stream_writer_t. Nothing when open() failed.
    std::vector<ended_t> settle_streams(bool all);
    // Whether there is somebody to whom only marks tell that.
    void want_marks(bool wanted);
    // How far all topics have got that ever sent anything, or those that are named.
    std::vector<ended_t> all_ends() const;
    std::vector<ended_t> ends_of(const std::vector<std::string> &topics) const;
    // What was sent to that receiver before comes before this.
    void send_barrier(const wire::node_id_t &to, std::uint32_t receiver, std::uint64_t number);
    // Before close(): the marks for all topics, waiting for room, since a
    // mark that is dropped with what it tells of is of no use. Whoever still has none at the deadline goes
    // without.
    void send_last_marks(const deadline_t &deadline);
    void count(stats_t &stats) const;
    // Adds what left by topic; all LOCAL topics are in it.
    void break_down(topic_sums_t &sums) const;

  private:
    void note_subscription(std::vector<wire::token_t> &tokens, subscriber_connections_t &connections) const;

    // The service thread's: a subscription that was taken off the socket, and is not noted yet.
    raw_message_t _subscription;
    bool _holds_subscription = false;
    std::shared_ptr<stream_writer_t> _sink;
    outlet_map_t _outlets;
    std::shared_ptr<flusher_t> _flusher;
    wire::node_id_t _id;
    wire::source_t _source = 0;
};
}
