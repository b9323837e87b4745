// Another receive queue of a node, with subscriptions and high-water marks of its own. A program may read
// each in a thread of its own.
//
//   subscriber_t slow;
//   spot.subscriber (slow, {"log:*"});
//   message_t message;
//   slow.recv (message);
//
// Thread safety: any thread may call any method at any time, except for assignment. Methods mean the same as
// in spot_pubsub.hpp. When the subscriber or its node is closed, errno is ENOTSOCK.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "spot/base/types.hpp"
#include "spot/pubsub/message.hpp"

namespace spot
{
class subscriber_t
{
  public:
    subscriber_t(); // a closed one; spot_pubsub_t::subscriber() opens it
    ~subscriber_t();
    subscriber_t(subscriber_t &&) noexcept;
    subscriber_t &operator=(subscriber_t &&) noexcept; // closes the subscriber that it replaces

    // Ends the subscriptions at all peers. Idempotent. Calls that wait in other threads end with ENOTSOCK.
    int close();

    int subscribe(const std::string &topic, bool missing_ok = false);
    int subscribe_pattern(const std::string &pattern);
    int subscribe_many(const std::vector<std::string> &names, bool missing_ok = false, int timeout_ms = 5000,
                       failure_t *failure = nullptr);
    int unsubscribe(const std::string &name);
    int unsubscribe_all();
    std::vector<std::string> subscriptions() const;

    int recv(message_t &message, int timeout_ms = -1);
    int recv_many(std::vector<message_t> &messages, std::size_t max, int timeout_ms = -1);
    int poll(int timeout_ms = -1);
    int fd();

    subscriber_stats_t stats() const;
    // Counters by topic; only received, bytes_received and lost are set.
    std::vector<topic_stats_t> topic_stats() const;

  private:
    friend class spot_pubsub_t;
    struct state_t;
    explicit subscriber_t(std::shared_ptr<state_t> state);

    std::shared_ptr<state_t> _state; // null: closed
};
}
