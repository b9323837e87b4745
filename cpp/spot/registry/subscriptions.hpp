// The topics and patterns that one receiver subscribes to, and the prefix filters that its socket needs for
// them.
//
// Thread safety: none; the caller locks.
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
    // Adds a topic or a pattern, which the caller has validated. False: it is in the table already. If it is
    // the first that needs its filter, `filter_needed` is true and `new_filter` is that filter: the topic and
    // a NUL, or the pattern's literal prefix, which may be empty. Otherwise `new_filter` is empty. Throws
    // std::bad_alloc; the table is unchanged then.
    bool add(std::string_view name, std::string &new_filter, bool &filter_needed);
    // Removes one. False: it is not in the table. If its filter is no longer needed, `filter_unneeded` is
    // true and `old_filter` is that filter.
    bool remove(std::string_view name, std::string &old_filter, bool &filter_unneeded);
    // Removes one without allocating. Returns whether its filter is no longer needed.
    bool forget(std::string_view name) noexcept;

    bool contains(std::string_view name) const;
    // The subscription by which a topic is received: its own name, or else the pattern with the longest
    // literal prefix, of several the first in alphabetical order. Null: none. The string stays at its address
    // until the subscription is removed.
    const std::string *match(std::string_view topic) const;
    bool matches(std::string_view topic) const { return match(topic) != nullptr; }
    std::vector<std::string> list() const;    // sorted
    std::vector<std::string> filters() const; // each filter in use, once
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
    // Patterns by literal prefix. A topic is looked up by its own prefixes, one for each length that occurs,
    // so that other prefixes cost it nothing.
    name_map_t<patterns_t> _prefixes;
    std::map<std::size_t, std::size_t> _prefix_lengths; // length -> the number of prefixes of that length
    std::size_t _pattern_count = 0;
};
}
