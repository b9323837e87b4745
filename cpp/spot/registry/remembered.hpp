// A bounded memory of names that are gone, in case they come back: a value for each of the last `most` names,
// at some hundred bytes each.
//
// Thread safety: none; the caller locks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "spot/base/mutex.hpp"
#include "spot/registry/name_hash.hpp"

namespace spot::registry
{
// Only the hash of a name is kept (name_hash.hpp). Two names with the same 64 bits are not expected: peers do
// not know the key.
template <typename T> class remembered_t
{
  public:
    explicit remembered_t(std::size_t most) : _most(most) {}

    // Keeps a value. When there are too many, the oldest goes and is returned.
    std::optional<T> keep(std::string_view name, T value)
    {
        const std::uint64_t hash = name_hash_t()(name);
        _order.push_back({hash, _serial + 1});
        _values.insert_or_assign(hash, entry_t{std::move(value), _serial + 1});
        ++_serial;
        std::optional<T> gone;
        while (_values.size() > _most || _order.size() > 2 * _most) {
            const place_t oldest = _order.front();
            _order.pop_front();
            const auto found = _values.find(oldest.hash);
            // A name that was kept again has two places in the order; the last one counts.
            if (found == _values.end() || found->second.serial != oldest.serial)
                continue;
            gone = std::move(found->second.value);
            _values.erase(found);
        }
        return gone;
    }
    // Null when the name is not known, or no longer.
    const T *find(std::string_view name) const
    {
        const auto found = _values.find(name_hash_t()(name));
        return found == _values.end() ? nullptr : &found->second.value;
    }
    T *find(std::string_view name)
    {
        return const_cast<T *>(static_cast<const remembered_t &>(*this).find(name));
    }
    // Removes and returns the value; nothing when the name is not known, or no longer.
    std::optional<T> take(std::string_view name)
    {
        if (_values.empty())
            return std::nullopt;
        const auto found = _values.find(name_hash_t()(name));
        if (found == _values.end())
            return std::nullopt;
        std::optional<T> value(std::move(found->second.value));
        _values.erase(found);
        return value;
    }
    // Erases each value for which `unwanted (value)` is true. The caller holds the locks that `unwanted`
    // needs; the thread-safety analysis cannot see them from here.
    template <typename Unwanted> void erase_if(Unwanted unwanted) SPOT_NO_THREAD_SAFETY_ANALYSIS
    {
        for (auto at = _values.begin(); at != _values.end();)
            at = unwanted(at->second.value) ? _values.erase(at) : std::next(at);
    }
    std::size_t size() const { return _values.size(); }

  private:
    struct entry_t
    {
        T value;
        std::uint64_t serial;
    };
    struct place_t
    {
        std::uint64_t hash;
        std::uint64_t serial;
    };

    const std::size_t _most;
    std::uint64_t _serial = 0;
    std::unordered_map<std::uint64_t, entry_t> _values;
    std::deque<place_t> _order; // oldest first; a place whose value has gone or moved is skipped
};
}
