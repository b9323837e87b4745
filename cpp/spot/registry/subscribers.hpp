// Who subscribes to what, over all nodes, by the lists that nodes report of each of their receivers. Pure:
// the caller locks, and has validated the names.
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
// One receiver's list. Does not change once it is made, so that making it needs no lock.
class subscriber_list_t
{
  public:
    explicit subscriber_list_t(std::vector<std::string> names); // topics and patterns, in any order

    bool matches(std::string_view topic) const { return has(topic) || _matcher.matches(topic); }
    bool has(std::string_view name) const;
    const std::vector<std::string> &names() const { return _names; }       // sorted, without duplicates
    const std::vector<std::string> &patterns() const { return _patterns; } // the same
    bool empty() const { return _names.empty() && _patterns.empty(); }
    std::size_t bytes() const { return _bytes; } // roughly what it occupies
    // What asking it for a topic may take: 1 for each pattern, and for each '?' behind a '*', where many
    // places must be tried.
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

    // Beyond these a list is refused.
    struct limits_t
    {
        std::size_t receivers_per_node = 1024;
        std::size_t bytes_per_node = std::size_t{256} << 20; // a million names of the usual length
        std::size_t bytes = std::size_t{1} << 30;
        // Of patterns, see subscriber_list_t::pattern_cost: each topic is compared with each of them.
        std::size_t pattern_cost_per_node = 16384;
        std::size_t pattern_cost = 65536;
    };

    // One receiver's list took the place of another; either may be null.
    struct change_t
    {
        list_ref before, after;

        // Whether the topic gained or lost a subscriber.
        bool concerns(std::string_view topic) const;
        // Calls `use` with every topic that this may concern and that is in `topics` (a sorted set of names).
        // What `use` needs locked, the caller holds; the analysis does not see that from here.
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

    // Makes `list` the whole of what that receiver subscribes to; an empty one ends the receiver. False:
    // beyond a limit, and its earlier list stays.
    bool replace(const wire::node_id_t &node, std::uint32_t receiver, list_ref list, change_t &change);
    // All receivers of a node.
    std::vector<change_t> forget(const wire::node_id_t &node);

    // While a node is suspended its receivers do not count; its lists are kept up to date. As often as it is
    // suspended it must be resumed.
    std::vector<change_t> suspend(const wire::node_id_t &node);
    std::vector<change_t> resume(const wire::node_id_t &node);

    // How many receivers subscribe to the topic.
    std::size_t count(std::string_view topic) const { return named(topic) + count(*with_patterns(), topic); }
    // The two halves of that, of which only the first and taking the lists need the caller's lock: how many
    // lists hold the very name, and those that must be asked one by one, which takes long when they are many.
    using lists_t = std::vector<list_ref>;
    std::size_t named(std::string_view topic) const;
    std::shared_ptr<const lists_t> with_patterns() const { return _with_patterns; }
    static std::size_t count(const lists_t &with_patterns, std::string_view topic);
    // Calls use (node, receiver, list) for all of them, those of suspended nodes included.
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
    // These need no memory.
    void hold(node_t &node, const subscriber_list_t &list);
    void let_go(node_t &node, const subscriber_list_t &list);
    void enter(const subscriber_list_t &list);
    void leave(const subscriber_list_t &list);
    void drop_if_unnamed(const std::string &name);
    // And these are what they need.
    void prepare(const wire::node_id_t &node, std::uint32_t receiver, const list_ref &list);
    using lists_ref = std::shared_ptr<const lists_t>;
    lists_ref patterns_without_and_with(const list_ref *gone, const list_ref *come) const;
    lists_ref patterns_without(const node_t &node) const;

    const limits_t _limits;
    std::unordered_map<wire::node_id_t, node_t> _nodes;
    std::unordered_map<wire::node_id_t, std::size_t> _suspended; // how often
    // Of what counts:
    struct named_t
    {
        std::size_t held = 0;    // how many lists hold this very name
        std::size_t counted = 0; // those of nodes that are not suspended
    };
    name_map_t<named_t> _named;
    // Lists that must be asked one by one. Whoever has taken them keeps what he took: they are replaced as
    // one.
    std::shared_ptr<const lists_t> _with_patterns = std::make_shared<const lists_t>();
    std::size_t _receivers = 0;
    std::size_t _bytes = 0;
    std::size_t _pattern_cost = 0;
};
}
