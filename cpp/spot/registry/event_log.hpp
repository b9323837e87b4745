// Events that wait to be read, merged: what a later event undoes or replaces is not told any more, and losses
// are summed up. So the log never holds more than two events about one thing (it went, it came again),
// however long nobody reads. Of losses, which may be of topics that are gone, no more than `max_losses` are
// kept apart; what comes beyond that is summed up without a topic. Pure: the caller locks.
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
    void add(event_t event); // throws std::bad_alloc, and then the log is as it was
    event_t take();          // the oldest; there must be one
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
    // What is still to be told of one thing, in this order.
    struct pending_t
    {
        entries_t::iterator ended; // removed or down
        entries_t::iterator begun; // added or up; of a count, the latest
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

    entries_t _events; // oldest first; end() in a pending_t: nothing to tell
    index_t _index;    // only of things that have an event here
    std::size_t _losses = 0;
};
}
