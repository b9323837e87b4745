// What was published to other nodes' topics and is counted nowhere else any longer: by ways that have ended,
// and to topics that their owners no longer have.
//
// Invariant: no more than most_topics topics are kept. Beyond that, first the topics that do not exist go,
// then all. The sums over all topics are kept for ever.
//
// Thread safety: none; the caller locks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>

#include "spot/base/types.hpp"
#include "spot/data/link.hpp"
#include "spot/registry/topics.hpp"

namespace spot
{
class ended_ways_t
{
  public:
    static constexpr std::size_t most_topics = 8192;

    // The way has been closed.
    void add(const way_t &way)
    {
        _messages += way.messages();
        _bytes += way.bytes();
    }
    // The same, by topic. Throws std::bad_alloc, and then its topics count less.
    void add_topics(const way_t &way) { way.break_down(_topics); }
    // The owner at the other end of the way no longer has that topic.
    void add_topic(way_t &way, std::string_view topic) { way.end_topic(topic, _topics[std::string(topic)]); }
    void keep_within_limit(const registry::topic_table_t &existing)
    {
        if (_topics.size() <= most_topics)
            return;
        for (auto topic = _topics.begin(); topic != _topics.end();)
            topic = existing.exists(topic->first) ? std::next(topic) : _topics.erase(topic);
        if (_topics.size() > most_topics)
            _topics.clear();
    }

    // Adds what is kept here.
    void count(stats_t &stats) const
    {
        stats.published += _messages;
        stats.bytes_published += _bytes;
    }
    void break_down(topic_sums_t &sums) const
    {
        for (const auto &[topic, ended] : _topics) {
            topic_stats_t &sum = sums[topic];
            sum.published += ended.published;
            sum.bytes_published += ended.bytes_published;
            sum.overflowed += ended.overflowed;
        }
    }

  private:
    std::uint64_t _messages = 0;
    std::uint64_t _bytes = 0;
    topic_sums_t _topics;
};
}
