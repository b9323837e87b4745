// What one receiver subscribed to, and which prefix filters that asks of its SUB socket. Pure: the caller
// locks.
#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "spot/registry/name_map.hpp"

namespace spot::registry
{
class subscription_table_t
{
  public:
    // Names and patterns alike; the caller has validated them. The filter to subscribe to on the socket is
    // stored in `new_filter` when this is the first subscription that needs it (topic + NUL for a name,
    // the literal prefix for a pattern; the prefix may be empty), with `filter_needed` true.
    // Returns false when subscribed already. Without a filter to tell, the string is left empty.
    bool add(std::string_view name, std::string &new_filter, bool &filter_needed);
    // The reverse; returns false when not subscribed.
    bool remove(std::string_view name, std::string &old_filter, bool &filter_unneeded);
    // The same without memory for a text: whether its filter is no longer needed.
    bool forget(std::string_view name) noexcept;

    bool contains(std::string_view name) const;
    // The subscription that a topic is received by: its own name or, failing that, the pattern with the
    // longest text before its first wildcard, of several the first in alphabetical order. Null: none. It
    // stays where it is until it is removed.
    const std::string *match(std::string_view topic) const;
    bool matches(std::string_view topic) const { return match(topic) != nullptr; }
    std::vector<std::string> list() const;    // sorted
    std::vector<std::string> filters() const; // every filter in use, once
    std::size_t size() const { return _names.size() + _pattern_count; }
    bool empty() const { return size() == 0; }

  private:
    struct nothing_t
    {
    };
    using patterns_t = std::set<std::string, std::less<>>; // searched by string_view

    bool add_pattern(std::string_view pattern, bool &prefix_is_new);
    bool remove_pattern(std::string_view pattern, bool &prefix_is_gone);
    void drop_length(std::size_t length);

    name_map_t<nothing_t> _names;
    // Patterns by literal prefix: a prefix that the topic does not begin with costs nothing, because only
    // the topic's own prefixes are looked up, one for each length that occurs.
    name_map_t<patterns_t> _prefixes;
    std::map<std::size_t, std::size_t> _prefix_lengths; // length: how many prefixes have it
    std::size_t _pattern_count = 0;
};
}
