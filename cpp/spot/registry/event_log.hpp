// A watcher's unread events, merged: an event that a later one undoes or replaces is dropped, and losses are
// added up. So the log is bounded by the state that it describes, however long its watcher does not read.
//
// Thread safety: none; the caller locks.
//
// Invariants:
// 1. At most two events about one subject (a topic of one owner, a peer, a count) wait: it went, and it came
// again.
// 2. At most `max_losses` events of losses wait, and one more without a topic, which adds up all further
// losses.
#pragma once

#include <cstddef>
#include <list>
#include <string>
#include <unordered_map>

#include "spot/base/event.hpp"

namespace spot::registry
{
class event_log_t
{
  public:
    void add(event_t event); // throws std::bad_alloc; the log is unchanged then
    event_t take();          // removes and returns the oldest event; the log must not be empty
    void clear();
    bool empty() const { return _events.empty(); }
    std::size_t size() const { return _events.size(); }

    static constexpr std::size_t max_losses = 10000;

  private:
    struct entry_t
    {
        event_t event;
        std::string key;
    };
    using entries_t = std::list<entry_t>;
    // The unread events about one subject, in the order in which they will be read. end(): none.
    struct pending_t
    {
        entries_t::iterator ended; // a "removed" or a "down"
        entries_t::iterator begun; // an "added" or an "up", or the latest count
    };
    using index_t = std::unordered_map<std::string, pending_t>;

    void begin(event_t event, const std::string &key);
    void end(event_t event, const std::string &key);
    void add_loss(event_t event, std::string key);
    void drop_count(const std::string &topic);
    static entries_t entry_of(event_t event, const std::string &key);
    void put(entries_t::iterator &place, entries_t &fresh);
    void drop(entries_t::iterator &place);
    void forget_if_told(index_t::iterator pending);
    pending_t &pending_of(const std::string &key);

    entries_t _events; // oldest first
    index_t _index;    // by key; exactly the subjects that have an event in _events
    std::size_t _losses = 0;
};
}
