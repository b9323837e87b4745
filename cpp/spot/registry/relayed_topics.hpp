// Which plain subscribers have which topic, and which number the relay expects next of each topic.
//
// Invariants:
//   1. A topic is here exactly as long as it has a subscriber.
//   2. A number lower than expected means that the topic was made anew. It is no gap.
//
// Thread safety: none; the owner's. (In a node: the service thread.)
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <unordered_set>

namespace spot::registry
{
class relayed_topics_t
{
  public:
    using client_addresses_t = std::unordered_set<std::string>; // wire/envelope.hpp

    // Throws std::bad_alloc, and then nothing was added. Adding twice is the same as adding once.
    void add(const std::string &topic, const std::string &address);
    void remove(const std::string &topic, const std::string &address);
    bool has(const std::string &topic, const std::string &address) const;
    bool has(const std::string &topic) const { return _topics.count(topic) != 0; }
    // Null: none. Valid until the next change.
    const client_addresses_t *subscribers(const std::string &topic) const;

    // `count` messages arrived, the first with the number `first`. Returns how many messages the subscribers
    // have missed before it, all of them together.
    std::uint64_t missed(const std::string &topic, std::uint64_t first, std::uint64_t count);

  private:
    struct relayed_topic_t
    {
        client_addresses_t subscribers;
        std::uint64_t expected = 0; // 0: no message came yet
    };
    std::unordered_map<std::string, relayed_topic_t> _topics;
};
}
