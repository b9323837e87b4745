// A hash map from names to values that is searched by string_view without making a string, which the maps of
// C++17 cannot do. Items keep their address until they are erased.
//
// Thread safety: none; the caller locks.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "spot/registry/name_hash.hpp"

namespace spot::registry
{
template <typename T> class name_map_t
{
  public:
    struct item_t
    {
        explicit item_t(std::string_view text) : name(text) {}
        const std::string name;
        T value{};
    };
    // Keys are views of the items' own names.
    using items_t = std::unordered_map<std::string_view, std::unique_ptr<item_t>, name_hash_t>;

    item_t *find(std::string_view name)
    {
        const auto found = _items.find(name);
        return found == _items.end() ? nullptr : found->second.get();
    }
    const item_t *find(std::string_view name) const
    {
        const auto found = _items.find(name);
        return found == _items.end() ? nullptr : found->second.get();
    }
    // The item of that name, made if there is none, and whether it is new. Throws std::bad_alloc; the map is
    // unchanged then.
    std::pair<item_t *, bool> insert(std::string_view name)
    {
        if (item_t *known = find(name))
            return {known, false};
        auto item = std::make_unique<item_t>(name);
        item_t *const added = item.get();
        _items.emplace(added->name, std::move(item));
        return {added, true};
    }
    void erase(const item_t *item)
    {
        // By iterator, because the key is a view into the item that goes.
        const auto found = _items.find(item->name);
        if (found != _items.end())
            _items.erase(found);
    }

    std::size_t size() const { return _items.size(); }
    const items_t &items() const { return _items; }

  private:
    items_t _items;
};
}
