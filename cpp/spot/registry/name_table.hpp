// A hash table of things that carry their name, for the lookup of every frame among very many topics: one
// probe into flat memory, then the thing itself. (name_map_t, for all else, keeps names and values itself.)
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
// `Pointer`: movable, null when default-constructed. `name_of (pointer)` must not change while it is in here.
// Open addressing with linear probing; what is erased leaves no trace (D. Knuth, "The Art of Computer
// Programming" vol. 3, 6.4, algorithm R).
template <typename Pointer, std::string_view (*name_of)(const Pointer &)> class name_table_t
{
  public:
    // Null when there is none. Good until the table changes.
    const Pointer *find(std::string_view name) const
    {
        const std::size_t at = place_of(name);
        return at == nowhere ? nullptr : &_entries[at].pointer;
    }

    // The name must not be in here yet.
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

    // What the callers' functions need locked, the callers hold; the analysis does not see that from here.
    // Whatever they throw, the table is sound. Some may be asked twice.
    template <typename Unwanted> void erase_if(Unwanted unwanted) SPOT_NO_THREAD_SAFETY_ANALYSIS
    {
        for (std::size_t at = 0; at < _entries.size();) {
            if (_entries[at].pointer && unwanted(_entries[at].pointer))
                erase_at(at); // which may move another one here
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

    // At most `count` places from `from` on; returns where to go on, 0 at the end. What is inserted meanwhile
    // may be left out, or met twice.
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

    // Those behind the gap that would no longer be found move into it.
    void erase_at(std::size_t gap)
    {
        const Pointer erased = std::move(_entries[gap].pointer); // ends when the table is sound again
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
