// A hash table of pointers to objects that hold their own name, for the search of every frame's topic among
// very many: one probe into flat memory, then the object itself. (Elsewhere name_map_t is used, which owns
// names and values.)
//
// Thread safety: none; the caller locks. Where a method takes a function, the caller holds the locks that the
// function needs; the thread-safety analysis cannot see them from here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "spot/base/mutex.hpp"
#include "spot/registry/name_hash.hpp"

namespace spot::registry
{
// `Pointer`: movable, null when default-constructed. `name_of (pointer)` must not change while the table
// holds it. Open addressing with linear probing; an erased entry leaves no mark (D. Knuth, "The Art of
// Computer Programming" vol. 3, 6.4, algorithm R).
template <typename Pointer, std::string_view (*name_of)(const Pointer &)> class name_table_t
{
  public:
    // Null when there is none. Valid until the table changes.
    const Pointer *find(std::string_view name) const
    {
        const std::size_t at = place_of(name);
        return at == nowhere ? nullptr : &_entries[at].pointer;
    }

    // The table must not hold the name yet. Throws std::bad_alloc; the table is unchanged then.
    void insert(Pointer pointer)
    {
        if (4 * (_size + 1) > 3 * _entries.size())
            grow();
        const std::size_t hash = name_hash_t{}(name_of(pointer));
        place({std::move(pointer), hash});
        ++_size;
    }

    void erase(std::string_view name)
    {
        const std::size_t at = place_of(name);
        if (at != nowhere)
            erase_at(at);
    }

    // Erases each pointer for which `unwanted (pointer)` is true. Some are asked twice. If `unwanted` throws,
    // the table stays valid, and holds all pointers that were not erased yet.
    template <typename Unwanted> void erase_if(Unwanted unwanted) SPOT_NO_THREAD_SAFETY_ANALYSIS
    {
        for (std::size_t at = 0; at < _entries.size();) {
            if (_entries[at].pointer && unwanted(_entries[at].pointer))
                erase_at(at); // may move another entry to `at`
            else
                ++at;
        }
    }

    template <typename Use> void for_each(Use use) const SPOT_NO_THREAD_SAFETY_ANALYSIS
    {
        for (const entry_t &entry : _entries)
            if (entry.pointer)
                use(entry.pointer);
    }

    // Calls `use` for the pointers in at most `count` places, beginning with `from`. Returns the place to
    // continue with, 0 at the end. If the table changes between two calls, some may be left out, or used
    // twice.
    template <typename Use>
    std::size_t for_some(std::size_t from, std::size_t count, Use use) const SPOT_NO_THREAD_SAFETY_ANALYSIS
    {
        for (; count > 0 && from < _entries.size(); ++from, --count)
            if (_entries[from].pointer)
                use(_entries[from].pointer);
        return from < _entries.size() ? from : 0;
    }

    std::size_t size() const { return _size; }
    void clear()
    {
        _entries.clear();
        _size = 0;
    }

  private:
    struct entry_t
    {
        Pointer pointer{};
        std::size_t hash = 0;
    };
    static constexpr std::size_t smallest = 16; // sizes are powers of two
    static constexpr std::size_t nowhere = static_cast<std::size_t>(-1);

    std::size_t home(std::size_t hash) const { return hash & (_entries.size() - 1); }
    std::size_t after(std::size_t at) const { return (at + 1) & (_entries.size() - 1); }

    std::size_t place_of(std::string_view name) const
    {
        if (_entries.empty())
            return nowhere;
        const std::size_t hash = name_hash_t{}(name);
        for (std::size_t at = home(hash); _entries[at].pointer; at = after(at))
            if (_entries[at].hash == hash && name_of(_entries[at].pointer) == name)
                return at;
        return nowhere;
    }

    void place(entry_t entry)
    {
        std::size_t at = home(entry.hash);
        while (_entries[at].pointer)
            at = after(at);
        _entries[at] = std::move(entry);
    }

    void grow()
    {
        std::vector<entry_t> old(_entries.empty() ? smallest : 2 * _entries.size());
        old.swap(_entries);
        for (entry_t &entry : old)
            if (entry.pointer)
                place(std::move(entry));
    }

    // Fills the gap with a later entry of the same run that would not be found behind a gap, and so on.
    void erase_at(std::size_t gap)
    {
        const Pointer erased = std::move(_entries[gap].pointer); // destroyed when the table is valid again
        for (std::size_t at = after(gap); _entries[at].pointer; at = after(at)) {
            const std::size_t distance = (at - home(_entries[at].hash)) & (_entries.size() - 1);
            if (distance < ((at - gap) & (_entries.size() - 1)))
                continue;
            _entries[gap] = std::move(_entries[at]);
            gap = at;
        }
        _entries[gap] = {};
        --_size;
    }

    std::vector<entry_t> _entries;
    std::size_t _size = 0;
};
}
