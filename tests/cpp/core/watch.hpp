// Shared by the tests of events: a watcher that keeps the state which its events describe.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>

#include "support.hpp"

namespace spot::test
{
inline std::string event_text(const event_t &event)
{
    switch (event.kind) {
    case event_kind_t::topic_added:
        return "+" + event.topic;
    case event_kind_t::topic_removed:
        return "-" + event.topic;
    case event_kind_t::peer_up:
        return "up";
    case event_kind_t::peer_down:
        return "down";
    case event_kind_t::lost:
        return "lost " + std::to_string(event.count) + " of " + event.topic;
    case event_kind_t::subscribers_changed:
        break;
    }
    return event.topic + "=" + std::to_string(event.count);
}

class mirror_t
{
  public:
    explicit mirror_t(spot_pubsub_t &node) { REQUIRE_OK(node.watch(watcher)); }

    // Reads events for a while and applies them to the state. A contradiction fails the test.
    void read()
    {
        event_t event;
        for (int left = 10000; left > 0 && watcher.recv(event, 0) == 0; --left) {
            ++told;
            apply(event);
        }
    }
    template <typename Condition> bool read_until(Condition condition)
    {
        return eventually([&] {
            read();
            return condition();
        });
    }
    std::uint64_t count(const std::string &topic) const
    {
        const auto found = counts.find(topic);
        return found == counts.end() ? 0 : found->second;
    }
    bool has(const std::string &topic, const std::string &peer = "") const
    {
        return topics.count({topic, peer}) != 0;
    }

    watcher_t watcher;
    std::set<std::pair<std::string, std::string>> topics; // and their owners' endpoints
    std::map<std::string, std::string> up;                // endpoints, and node ids
    std::map<std::string, std::uint64_t> counts;
    std::size_t told = 0;

  private:
    void apply(const event_t &event)
    {
        CAPTURE(event_text(event));
        CAPTURE(event.peer);
        switch (event.kind) {
        case event_kind_t::topic_added:
            CHECK(topics.insert({event.topic, event.peer}).second);
            return;
        case event_kind_t::topic_removed:
            CHECK(topics.erase({event.topic, event.peer}) == 1);
            if (event.peer.empty())
                counts.erase(event.topic);
            return;
        case event_kind_t::peer_up:
            CHECK(up.emplace(event.peer, event.node_id).second);
            return;
        case event_kind_t::peer_down:
            CHECK(up.erase(event.peer) == 1);
            return;
        case event_kind_t::subscribers_changed:
            CHECK(has(event.topic));
            counts[event.topic] = event.count;
            return;
        case event_kind_t::lost:
            return;
        }
    }
};
}
