#include "spot/registry/subscribers.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "spot/wire/names.hpp"

namespace spot::registry
{
namespace
{
// The memory of a name beside its text: the string, a table's entry, the allocator's overhead.
constexpr std::size_t bytes_beside_a_name = 160;

std::size_t cost_of(const std::string &pattern)
{
    const std::size_t star = std::min(pattern.find('*'), pattern.size());
    const auto from = pattern.begin() + static_cast<std::string::difference_type>(star);
    return 1 + static_cast<std::size_t>(std::count(from, pattern.end(), '?'));
}

bool list_matches(const subscriber_table_t::list_ref &list, std::string_view topic)
{
    return list && list->matches(topic);
}

const std::vector<std::string> &names_of(const subscriber_table_t::list_ref &list)
{
    static const std::vector<std::string> none;
    return list ? list->names() : none;
}

const std::vector<std::string> &patterns_of(const subscriber_table_t::list_ref &list)
{
    static const std::vector<std::string> none;
    return list ? list->patterns() : none;
}
}

subscriber_list_t::subscriber_list_t(std::vector<std::string> names) : _names(std::move(names))
{
    std::sort(_names.begin(), _names.end());
    _names.erase(std::unique(_names.begin(), _names.end()), _names.end());
    const auto first_pattern = std::stable_partition(
        _names.begin(), _names.end(), [](const std::string &name) { return !wire::is_pattern(name); });
    _patterns.assign(std::make_move_iterator(first_pattern), std::make_move_iterator(_names.end()));
    _names.erase(first_pattern, _names.end());
    std::string filter;
    bool needed = false;
    for (const std::string &pattern : _patterns)
        _matcher.add(pattern, filter, needed);
    for (const std::vector<std::string> *list : {&_names, &_patterns})
        for (const std::string &name : *list)
            _bytes += name.size() + bytes_beside_a_name;
    for (const std::string &pattern : _patterns)
        _pattern_cost += cost_of(pattern);
}

bool subscriber_list_t::has(std::string_view name) const
{
    return std::binary_search(_names.begin(), _names.end(), name);
}

bool subscriber_table_t::change_t::concerns(std::string_view topic) const
{
    return list_matches(before, topic) != list_matches(after, topic);
}

bool subscriber_table_t::change_t::patterns_differ() const
{
    return patterns_of(before) != patterns_of(after);
}

std::vector<std::string> subscriber_table_t::change_t::names_that_differ() const
{
    const std::vector<std::string> &old_names = names_of(before), &new_names = names_of(after);
    std::vector<std::string> differing;
    std::set_symmetric_difference(old_names.begin(), old_names.end(), new_names.begin(), new_names.end(),
                                  std::back_inserter(differing));
    return differing;
}

// Here and below, allocations come first: when one throws, nothing has changed.
bool subscriber_table_t::replace(const wire::node_id_t &node, std::uint32_t receiver, list_ref list,
                                 change_t &change)
{
    change = {};
    if (list && list->empty())
        list.reset();
    const list_ref before = list_of(node, receiver);
    if (list && !fits(node, before, *list))
        return false;
    if (!before && !list)
        return true;
    const bool counted = !suspended(node);
    const lists_ref patterns =
        counted ? patterns_without_and_with(before ? &before : nullptr, list ? &list : nullptr) : nullptr;
    if (list)
        prepare(node, receiver, list);
    node_t &entry = _nodes.find(node)->second;
    if (counted && before)
        leave(*before);
    if (list)
        hold(entry, *list); // before let_go(), so that names in both lists keep their entries
    if (before)
        let_go(entry, *before);
    if (counted && list)
        enter(*list);
    if (patterns)
        _with_patterns = patterns;
    if (list) {
        entry.receivers.find(receiver)->second = list;
    } else {
        entry.receivers.erase(receiver);
        if (entry.receivers.empty())
            _nodes.erase(node);
    }
    if (!counted)
        return true;
    change.before = before;
    change.after = std::move(list);
    return true;
}

// Makes an entry for the list, and one for each of its names.
void subscriber_table_t::prepare(const wire::node_id_t &node, std::uint32_t receiver, const list_ref &list)
{
    std::size_t named = 0;
    try {
        for (; named < list->names().size(); ++named)
            _named.insert(list->names()[named]);
        _nodes[node].receivers[receiver];
    } catch (...) {
        for (std::size_t i = 0; i < named; ++i)
            drop_if_unnamed(list->names()[i]);
        const auto known = _nodes.find(node);
        if (known != _nodes.end() && known->second.receivers.empty())
            _nodes.erase(known);
        throw;
    }
}

subscriber_table_t::list_ref subscriber_table_t::list_of(const wire::node_id_t &node,
                                                         std::uint32_t receiver) const
{
    const auto known = _nodes.find(node);
    if (known == _nodes.end())
        return nullptr;
    const auto held = known->second.receivers.find(receiver);
    return held == known->second.receivers.end() ? nullptr : held->second;
}

bool subscriber_table_t::fits(const wire::node_id_t &node, const list_ref &before,
                              const subscriber_list_t &list) const
{
    const auto known = _nodes.find(node);
    const node_t none, &held = known == _nodes.end() ? none : known->second;
    // Differences may wrap below zero; the sums below wrap back.
    const std::size_t bytes = list.bytes() - (before ? before->bytes() : 0);
    const std::size_t cost = list.pattern_cost() - (before ? before->pattern_cost() : 0);
    return (before || held.receivers.size() < _limits.receivers_per_node) &&
           held.bytes + bytes <= _limits.bytes_per_node && _bytes + bytes <= _limits.bytes &&
           held.pattern_cost + cost <= _limits.pattern_cost_per_node &&
           _pattern_cost + cost <= _limits.pattern_cost;
}

std::vector<subscriber_table_t::change_t> subscriber_table_t::forget(const wire::node_id_t &node)
{
    std::vector<change_t> changes;
    const auto known = _nodes.find(node);
    if (known == _nodes.end())
        return changes;
    const bool counted = !suspended(node);
    changes.reserve(known->second.receivers.size());
    const lists_ref patterns = counted ? patterns_without(known->second) : nullptr;
    for (const auto &[receiver, list] : known->second.receivers) {
        if (counted) {
            leave(*list);
            changes.push_back({list, nullptr});
        }
        let_go(known->second, *list);
    }
    if (patterns)
        _with_patterns = patterns;
    _nodes.erase(known);
    return changes;
}

std::vector<subscriber_table_t::change_t> subscriber_table_t::suspend(const wire::node_id_t &node)
{
    std::vector<change_t> changes;
    const auto times = _suspended.find(node);
    if (times != _suspended.end()) {
        ++times->second;
        return changes;
    }
    const auto known = _nodes.find(node);
    lists_ref patterns;
    if (known != _nodes.end()) {
        changes.reserve(known->second.receivers.size());
        patterns = patterns_without(known->second);
    }
    _suspended.emplace(node, 1);
    if (known == _nodes.end())
        return changes;
    for (const auto &[receiver, list] : known->second.receivers) {
        leave(*list);
        changes.push_back({list, nullptr});
    }
    if (patterns)
        _with_patterns = patterns;
    return changes;
}

std::vector<subscriber_table_t::change_t> subscriber_table_t::resume(const wire::node_id_t &node)
{
    std::vector<change_t> changes;
    const auto times = _suspended.find(node);
    if (times == _suspended.end())
        return changes;
    if (times->second > 1) {
        --times->second;
        return changes;
    }
    const auto known = _nodes.find(node);
    if (known != _nodes.end()) {
        changes.reserve(known->second.receivers.size());
        auto lists = std::make_shared<lists_t>(*_with_patterns);
        for (const auto &[receiver, list] : known->second.receivers)
            if (!list->patterns().empty())
                lists->push_back(list);
        _with_patterns = std::move(lists);
        for (const auto &[receiver, list] : known->second.receivers) {
            enter(*list);
            changes.push_back({nullptr, list});
        }
    }
    _suspended.erase(times);
    return changes;
}

std::size_t subscriber_table_t::named(std::string_view topic) const
{
    const auto *const named = _named.find(topic);
    return named ? named->value.counted : 0;
}

std::size_t subscriber_table_t::count(const lists_t &with_patterns, std::string_view topic)
{
    return static_cast<std::size_t>(
        std::count_if(with_patterns.begin(), with_patterns.end(),
                      [&](const list_ref &list) { return !list->has(topic) && list->matches(topic); }));
}

void subscriber_table_t::hold(node_t &node, const subscriber_list_t &list)
{
    node.bytes += list.bytes();
    _bytes += list.bytes();
    node.pattern_cost += list.pattern_cost();
    _pattern_cost += list.pattern_cost();
    ++_receivers;
    for (const std::string &name : list.names())
        ++_named.find(name)->value.held;
}

void subscriber_table_t::let_go(node_t &node, const subscriber_list_t &list)
{
    node.bytes -= list.bytes();
    _bytes -= list.bytes();
    node.pattern_cost -= list.pattern_cost();
    _pattern_cost -= list.pattern_cost();
    --_receivers;
    for (const std::string &name : list.names()) {
        --_named.find(name)->value.held;
        drop_if_unnamed(name);
    }
}

void subscriber_table_t::drop_if_unnamed(const std::string &name)
{
    const auto *const named = _named.find(name);
    if (named && named->value.held == 0)
        _named.erase(named);
}

void subscriber_table_t::enter(const subscriber_list_t &list)
{
    for (const std::string &name : list.names())
        ++_named.find(name)->value.counted;
}

void subscriber_table_t::leave(const subscriber_list_t &list)
{
    for (const std::string &name : list.names())
        --_named.find(name)->value.counted;
}

// Null: the lists with patterns do not change.
subscriber_table_t::lists_ref subscriber_table_t::patterns_without_and_with(const list_ref *gone,
                                                                            const list_ref *come) const
{
    const bool goes = gone && !(*gone)->patterns().empty(), comes = come && !(*come)->patterns().empty();
    if (!goes && !comes)
        return nullptr;
    auto lists = std::make_shared<lists_t>(*_with_patterns);
    if (goes)
        lists->erase(std::find(lists->begin(), lists->end(), *gone));
    if (comes)
        lists->push_back(*come);
    return lists;
}

subscriber_table_t::lists_ref subscriber_table_t::patterns_without(const node_t &node) const
{
    auto lists = std::make_shared<lists_t>(*_with_patterns);
    for (const auto &[receiver, list] : node.receivers)
        if (!list->patterns().empty())
            lists->erase(std::find(lists->begin(), lists->end(), list));
    return lists;
}
}
