// What one receiver subscribed to, and which prefix filters that asks of its SUB socket. Pure: the caller
// locks.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace spot::registry
{
class subscription_table_t
{
  public:
    // Names and patterns alike; the caller has validated them. The filter to subscribe to on the socket is
    // stored in `new_filter` when this is the first subscription that needs it (topic + NUL for a name,
    // the literal prefix for a pattern; the prefix may be empty), with `filter_needed` true.
    // Returns false when subscribed already.
    bool add(std::string_view name, std::string &new_filter, bool &filter_needed);
    // The reverse; returns false when not subscribed.
    bool remove(std::string_view name, std::string &old_filter, bool &filter_unneeded);

    bool contains(std::string_view name) const;
    bool matches(std::string_view topic) const; // by a name or by any pattern
    std::vector<std::string> list() const;      // sorted
    std::vector<std::string> filters() const;   // every filter in use, once
    std::size_t size() const;
    bool empty() const { return size() == 0; }

  private:
    // implementer's choice
};
}
