// A cache of the outlets of recent topics, by the identity of the str object. A program that publishes to a
// topic again mostly passes the same object, so that its text need not be read.
//
// Thread safety: the GIL guards it. Without a GIL it is not used: the node looks up every topic in its table.
#pragma once

#include <Python.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "spot/data/outlet.hpp"

namespace spot::binding
{
class outlet_cache_t
{
  public:
    // Null when the topic is not cached. `epoch` is the current node_t::route_epoch().
    const std::shared_ptr<outlet_t> *find(PyObject *topic, std::uint64_t epoch) const
    {
        const entry_t *const set = set_of(topic);
        for (std::size_t way = 0; way < ways; ++way)
            if (set[way].topic == topic)
                return set[way].epoch == epoch ? &set[way].outlet : nullptr;
        return nullptr;
    }
    // `epoch` must have been read before the outlet was looked up.
    void insert(PyObject *topic, std::uint64_t epoch, std::shared_ptr<outlet_t> outlet)
    {
        forget_some(epoch);
        entry_t *place = place_for(topic, epoch);
        if (!place && _entries.size() < most) {
            grow(epoch);
            place = place_for(topic, epoch);
        }
        if (!place) // replaces the topics of a set in turn
            place = set_of(topic) + _turn++ % ways;
        // The old key is an exact str, so that releasing it runs no Python code.
        Py_XSETREF(place->topic, Py_NewRef(topic));
        place->epoch = epoch;
        place->outlet = std::move(outlet);
    }
    void clear()
    {
        for (entry_t &entry : _entries)
            Py_CLEAR(entry.topic);
        _entries.assign(fewest, {});
    }

  private:
    struct entry_t
    {
        PyObject *topic = nullptr; // a strong reference: no other object can get its address
        std::uint64_t epoch = 0;
        std::shared_ptr<outlet_t> outlet;
    };
    // The cache is set-associative: a topic may be in any of the `ways` entries of its set.
    static constexpr std::size_t ways = 4;
    static constexpr std::size_t fewest = 256, most = 1 << 20; // powers of two

    std::size_t index_of(PyObject *topic) const
    {
        // Addresses are multiples of 16, often at equal distances. Multiplying spreads them (Fibonacci
        // hashing; D. Knuth, "The Art of Computer Programming" vol. 3, 6.4).
        const auto address = reinterpret_cast<std::uintptr_t>(topic) >> 4;
        const std::uint64_t spread = address * 0x9e3779b97f4a7c15ULL; // 2^64 by the golden ratio
        return static_cast<std::size_t>(spread >> 32) & (_entries.size() - 1) & ~(ways - 1);
    }
    const entry_t *set_of(PyObject *topic) const { return &_entries[index_of(topic)]; }
    entry_t *set_of(PyObject *topic) { return &_entries[index_of(topic)]; }

    // The topic's own entry, or one of its set that is free or outdated; null: there is none.
    entry_t *place_for(PyObject *topic, std::uint64_t epoch)
    {
        entry_t *const set = set_of(topic);
        entry_t *place = nullptr;
        for (std::size_t way = 0; way < ways; ++way) {
            if (set[way].topic == topic)
                return &set[way];
            if (!set[way].topic || set[way].epoch != epoch)
                place = &set[way];
        }
        return place;
    }

    // Clears the next few outdated entries, also where their places are not needed: an outlet is large, and
    // its topic may be gone.
    void forget_some(std::uint64_t epoch)
    {
        _hand &= _entries.size() - 1;
        for (std::size_t way = 0; way < ways; ++way) {
            entry_t &entry = _entries[_hand++];
            if (!entry.topic || entry.epoch == epoch)
                continue;
            entry.outlet.reset();
            Py_CLEAR(entry.topic);
        }
    }

    void grow(std::uint64_t epoch)
    {
        std::vector<entry_t> old(2 * _entries.size());
        old.swap(_entries);
        for (entry_t &entry : old) {
            entry_t *const place =
                entry.topic && entry.epoch == epoch ? place_for(entry.topic, epoch) : nullptr;
            if (place)
                std::swap(*place, entry);
        }
        // Only now, when the table is valid again.
        for (entry_t &entry : old)
            Py_CLEAR(entry.topic);
    }

    std::vector<entry_t> _entries = std::vector<entry_t>(fewest);
    std::size_t _turn = 0;
    std::size_t _hand = 0; // the entry where forget_some() continues
};
}
