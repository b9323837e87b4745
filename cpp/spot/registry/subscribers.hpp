// The subscriptions of all nodes, from the lists that nodes report of each of their receivers (SUBS), to
// count the subscribers of a topic.
//
// Thread safety: none; the caller locks, except where a method says otherwise. The caller has validated the
// names.
//
// Invariants:
// 1. Every method that changes the table allocates first: when it throws std::bad_alloc, nothing has changed.
// 2. The lists of a suspended node are kept, but do not count.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "spot/base/mutex.hpp"
#include "spot/registry/name_map.hpp"
#include "spot/registry/subscriptions.hpp"
#include "spot/wire/node_id.hpp"

namespace spot::registry
{
// One receiver's list. It does not change after it was made, so that any thread may make and read it without
// a lock.
class subscriber_list_t
{
  public:
    explicit subscriber_list_t(std::vector<std::string> names); // topics and patterns, in any order

    bool matches(std::string_view topic) const { return has(topic) || _matcher.matches(topic); }
    bool has(std::string_view name) const;
    const std::vector<std::string> &names() const { return _names; }       // sorted, without duplicates
    const std::vector<std::string> &patterns() const { return _patterns; } // the same
    bool empty() const { return _names.empty() && _patterns.empty(); }
    std::size_t bytes() const { return _bytes; } // the memory that it takes, roughly
    // The cost of matching a topic: 1 for each pattern, and 1 for each '?' behind a '*', where many places
    // must be tried.
    std::size_t pattern_cost() const { return _pattern_cost; }

  private:
    std::vector<std::string> _names, _patterns;
    subscription_table_t _matcher; // of the patterns
    std::size_t _bytes = 0;
    std::size_t _pattern_cost = 0;
};

class subscriber_table_t
{
  public:
    using list_ref = std::shared_ptr<const subscriber_list_t>;

    // A list that would exceed one of these is refused.
    struct limits_t
    {
        std::size_t receivers_per_node = 1024;
        std::size_t bytes_per_node = std::size_t{256} << 20; // a million names of the usual length
        std::size_t bytes = std::size_t{1} << 30;
        // Sums of subscriber_list_t::pattern_cost(): each topic is compared with each pattern.
        std::size_t pattern_cost_per_node = 16384;
        std::size_t pattern_cost = 65536;
    };

    // A receiver's list before and after a change; either may be null (no list).
    struct change_t
    {
        list_ref before, after;

        // Whether the topic gained or lost a subscriber.
        bool concerns(std::string_view topic) const;
        // Calls `use (topic)` for each topic of `topics` that gained or lost a subscriber. The caller holds
        // the locks that `use` needs; the thread-safety analysis cannot see them from here.
        template <typename Use>
        void each(const std::set<std::string_view> &topics, Use use) const SPOT_NO_THREAD_SAFETY_ANALYSIS
        {
            if (patterns_differ()) {
                for (const std::string_view topic : topics)
                    if (concerns(topic))
                        use(topic);
                return;
            }
            for (const std::string &name : names_that_differ())
                if (topics.count(name) != 0 && concerns(name))
                    use(name);
        }

      private:
        bool patterns_differ() const;
        std::vector<std::string> names_that_differ() const;
    };

    subscriber_table_t() : _limits{} {}
    explicit subscriber_table_t(const limits_t &limits) : _limits(limits) {}

    // Replaces a receiver's list; an empty list ends the receiver. `change` is what changed for counting.
    // False: a limit would be exceeded, and the earlier list stays.
    bool replace(const wire::node_id_t &node, std::uint32_t receiver, list_ref list, change_t &change);
    // Ends all receivers of a node.
    std::vector<change_t> forget(const wire::node_id_t &node);

    // While a node is suspended, its receivers do not count; replace() still updates its lists. A node must
    // be resumed as often as it was suspended.
    std::vector<change_t> suspend(const wire::node_id_t &node);
    std::vector<change_t> resume(const wire::node_id_t &node);

    // The number of receivers that subscribe to the topic.
    std::size_t count(std::string_view topic) const { return named(topic) + count(*with_patterns(), topic); }
    // The parts of count(), for a caller that must not hold its lock for long: under the lock, the number of
    // lists that hold the topic's name, and the lists with patterns; without the lock, the number of those
    // lists that match the topic by a pattern alone.
    using lists_t = std::vector<list_ref>;
    std::size_t named(std::string_view topic) const;
    std::shared_ptr<const lists_t> with_patterns() const { return _with_patterns; }
    static std::size_t count(const lists_t &with_patterns, std::string_view topic);
    // Calls `use (node, receiver, list)` for every list, those of suspended nodes included.
    template <typename Use> void each(Use use) const
    {
        for (const auto &[node, entry] : _nodes)
            for (const auto &[receiver, list] : entry.receivers)
                use(node, receiver, list);
    }
    std::size_t receivers() const { return _receivers; }
    std::size_t bytes() const { return _bytes; }

  private:
    struct node_t
    {
        std::map<std::uint32_t, list_ref> receivers;
        std::size_t bytes = 0;
        std::size_t pattern_cost = 0;
    };

    bool fits(const wire::node_id_t &node, const list_ref &before, const subscriber_list_t &list) const;
    bool suspended(const wire::node_id_t &node) const { return _suspended.count(node) != 0; }
    list_ref list_of(const wire::node_id_t &node, std::uint32_t receiver) const;
    // These allocate nothing.
    void hold(node_t &node, const subscriber_list_t &list);
    void let_go(node_t &node, const subscriber_list_t &list);
    void enter(const subscriber_list_t &list);
    void leave(const subscriber_list_t &list);
    void drop_if_unnamed(const std::string &name);
    // These allocate what those above rely on.
    void prepare(const wire::node_id_t &node, std::uint32_t receiver, const list_ref &list);
    using lists_ref = std::shared_ptr<const lists_t>;
    lists_ref patterns_without_and_with(const list_ref *gone, const list_ref *come) const;
    lists_ref patterns_without(const node_t &node) const;

    const limits_t _limits;
    std::unordered_map<wire::node_id_t, node_t> _nodes;
    std::unordered_map<wire::node_id_t, std::size_t> _suspended; // how many times each is suspended
    struct named_t
    {
        std::size_t held = 0;    // how many lists hold the name
        std::size_t counted = 0; // how many of them belong to nodes that are not suspended
    };
    name_map_t<named_t> _named;
    // The lists with patterns of nodes that are not suspended. The vector never changes: a change replaces
    // it, so that a caller may go on reading the one that it took.
    std::shared_ptr<const lists_t> _with_patterns = std::make_shared<const lists_t>();
    std::size_t _receivers = 0;
    std::size_t _bytes = 0;
    std::size_t _pattern_cost = 0;
};
}
