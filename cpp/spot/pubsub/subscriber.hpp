// Another receive queue of a node: subscriptions, a high-water mark and, if one likes, a thread of its own.
//
//   subscriber_t slow;
//   spot.subscriber (slow, {"log:*"});
//   message_t message;
//   slow.recv (message);
//
// Every method is thread-safe, but for assignment, and means what it does in spot_pubsub.hpp. When it or its
// node is closed, errno is ENOTSOCK.
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
    subscriber_t(); // closed; see spot_pubsub_t::subscriber
    ~subscriber_t();
    subscriber_t(subscriber_t &&) noexcept;
    subscriber_t &operator=(subscriber_t &&) noexcept; // closes what it replaces

    // Ends its subscriptions everywhere. Idempotent; calls that wait in other threads end with ENOTSOCK.
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
    // By topic; of the counters only received, bytes_received and lost say something.
    std::vector<topic_stats_t> topic_stats() const;

  private:
    friend class spot_pubsub_t;
    struct state_t;
    explicit subscriber_t(std::shared_ptr<state_t> state);

    std::shared_ptr<state_t> _state; // null: closed
};
}
