// Which ways want a frame, by the bytes that it begins with.
//
// Pure. Not thread-safe: the caller locks.
//
// Each way may begin a filter several times, and must end it as often. A frame is looked up by its own
// beginnings, one for each length that a filter has; other filters cost it nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace spot::registry
{
class filter_table_t
{
  public:
    using way_id_t = std::uint32_t;

    // Throws std::bad_alloc, and then nothing has changed.
    void add(way_id_t way, std::string_view filter);
    // Ends what was begun; nothing happens when it was not.
    void remove(way_id_t way, std::string_view filter);
    void remove_way(way_id_t way);

    // Puts the ways that want the frame into `ways`, each once, lowest first. Throws std::bad_alloc.
    void find(std::string_view frame, std::vector<way_id_t> &ways) const;
    // Grows with each change: what find() gave may be remembered until then.
    std::uint64_t epoch() const { return _epoch; }
    bool empty() const { return _filters.empty(); }

  private:
    using ways_t = std::map<way_id_t, std::size_t>; // how often each has begun the filter

    void drop_length(std::size_t length);

    std::map<std::string, ways_t, std::less<>> _filters;
    std::map<std::size_t, std::size_t> _lengths; // how many filters have it
    std::uint64_t _epoch = 0;
};
}
