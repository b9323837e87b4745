#include "spot/registry/subscriptions.hpp"

#include <algorithm>
#include <utility>

#include "spot/registry/pattern.hpp"
#include "spot/wire/data.hpp"
#include "spot/wire/names.hpp"

namespace spot::registry
{
using wire::exact_filter;
using wire::is_pattern;
using wire::literal_prefix;

bool subscription_table_t::add(std::string_view name, std::string &new_filter, bool &filter_needed)
{
    new_filter.clear();
    filter_needed = false;
    // Strings are made first, because that may throw: a name in the table must have its filter.
    if (is_pattern(name)) {
        std::string prefix(literal_prefix(name));
        if (!add_pattern(name, filter_needed))
            return false;
        if (filter_needed)
            new_filter = std::move(prefix);
        return true;
    }
    std::string filter = exact_filter(name);
    if (!_names.insert(name).second)
        return false;
    new_filter = std::move(filter);
    filter_needed = true;
    return true;
}

bool subscription_table_t::remove(std::string_view name, std::string &old_filter, bool &filter_unneeded)
{
    old_filter.clear();
    filter_unneeded = false;
    if (is_pattern(name)) {
        std::string prefix(literal_prefix(name));
        if (!remove_pattern(name, filter_unneeded))
            return false;
        if (filter_unneeded)
            old_filter = std::move(prefix);
        return true;
    }
    const auto *known = _names.find(name);
    if (known == nullptr)
        return false;
    old_filter = exact_filter(name);
    filter_unneeded = true;
    _names.erase(known);
    return true;
}

bool subscription_table_t::forget(std::string_view name) noexcept
{
    if (is_pattern(name)) {
        bool filter_unneeded = false;
        return remove_pattern(name, filter_unneeded) && filter_unneeded;
    }
    const auto *const known = _names.find(name);
    if (known != nullptr)
        _names.erase(known);
    return known != nullptr;
}

bool subscription_table_t::contains(std::string_view name) const
{
    if (!is_pattern(name))
        return _names.find(name) != nullptr;
    const auto *prefix = _prefixes.find(literal_prefix(name));
    return prefix != nullptr && prefix->value.find(name) != prefix->value.end();
}

const std::string *subscription_table_t::match(std::string_view topic) const
{
    if (const auto *const name = _names.find(topic))
        return &name->name;
    for (auto entry = _prefix_lengths.rbegin(); entry != _prefix_lengths.rend(); ++entry) {
        const std::size_t length = entry->first;
        if (length > topic.size())
            continue;
        const auto *prefix = _prefixes.find(topic.substr(0, length));
        if (prefix == nullptr)
            continue;
        const std::string_view rest = topic.substr(length);
        for (const std::string &pattern : prefix->value)
            if (registry::matches(std::string_view(pattern).substr(length), rest))
                return &pattern;
    }
    return nullptr;
}

std::vector<std::string> subscription_table_t::list() const
{
    std::vector<std::string> all;
    all.reserve(size());
    for (const auto &[name, item] : _names.items())
        all.push_back(item->name);
    for (const auto &[prefix, item] : _prefixes.items())
        all.insert(all.end(), item->value.begin(), item->value.end());
    std::sort(all.begin(), all.end());
    return all;
}

std::vector<std::string> subscription_table_t::filters() const
{
    std::vector<std::string> all;
    all.reserve(_names.size() + _prefixes.size());
    for (const auto &[name, item] : _names.items())
        all.push_back(exact_filter(name));
    for (const auto &[prefix, item] : _prefixes.items())
        all.push_back(item->name);
    return all;
}

bool subscription_table_t::add_pattern(std::string_view pattern, bool &prefix_is_new)
{
    const auto [prefix, is_new] = _prefixes.insert(literal_prefix(pattern));
    bool added = false;
    try {
        if (is_new)
            added = ++_prefix_lengths[prefix->name.size()] > 0;
        if (!prefix->value.emplace(pattern).second)
            return false;
    } catch (...) {
        if (added)
            drop_length(prefix->name.size());
        if (is_new)
            _prefixes.erase(prefix);
        throw;
    }
    ++_pattern_count;
    prefix_is_new = is_new;
    return true;
}

bool subscription_table_t::remove_pattern(std::string_view pattern, bool &prefix_is_gone)
{
    auto *prefix = _prefixes.find(literal_prefix(pattern));
    if (prefix == nullptr)
        return false;
    const auto known = prefix->value.find(pattern);
    if (known == prefix->value.end())
        return false;
    prefix->value.erase(known);
    --_pattern_count;
    prefix_is_gone = prefix->value.empty();
    if (prefix_is_gone) {
        drop_length(prefix->name.size());
        _prefixes.erase(prefix);
    }
    return true;
}

void subscription_table_t::drop_length(std::size_t length)
{
    const auto known = _prefix_lengths.find(length);
    if (--known->second == 0)
        _prefix_lengths.erase(known);
}
}
