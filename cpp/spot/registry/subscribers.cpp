#include "spot/registry/subscribers.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "spot/wire/names.hpp"

namespace spot::registry
{
namespace
{
// What a name costs besides its text: the string, a table's entry, the allocator's share.
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

bool subscriber_table_t::replace(const wire::node_id_t &node, std::uint32_t receiver, list_ref list,
                                 change_t &change)
{
    change = {};
    if (list && list->empty())
        list.reset();
    const auto known = _nodes.find(node);
    const bool node_known = known != _nodes.end();
    list_ref before;
    if (node_known) {
        const auto held = known->second.receivers.find(receiver);
        if (held != known->second.receivers.end())
            before = held->second;
    }
    if (list && !fits(node, before, *list))
        return false;
    if (!before && !list)
        return true;
    node_t &entry = _nodes[node];
    if (before)
        let_go(entry, before);
    if (list) {
        hold(entry, list);
        entry.receivers[receiver] = list;
    } else {
        entry.receivers.erase(receiver);
        if (entry.receivers.empty())
            _nodes.erase(node);
    }
    if (suspended(node))
        return true;
    if (before)
        leave(before);
    if (list)
        enter(list);
    change.before = std::move(before);
    change.after = std::move(list);
    return true;
}

bool subscriber_table_t::fits(const wire::node_id_t &node, const list_ref &before,
                              const subscriber_list_t &list) const
{
    const auto known = _nodes.find(node);
    const node_t none, &held = known == _nodes.end() ? none : known->second;
    const std::size_t bytes = list.bytes() - (before ? before->bytes() : 0); // may wrap: so do the sums
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
    for (const auto &[receiver, list] : known->second.receivers) {
        let_go(known->second, list);
        if (!counted)
            continue;
        leave(list);
        changes.push_back({list, nullptr});
    }
    _nodes.erase(known);
    return changes;
}

std::vector<subscriber_table_t::change_t> subscriber_table_t::suspend(const wire::node_id_t &node)
{
    std::vector<change_t> changes;
    if (++_suspended[node] > 1)
        return changes;
    const auto known = _nodes.find(node);
    if (known == _nodes.end())
        return changes;
    for (const auto &[receiver, list] : known->second.receivers) {
        leave(list);
        changes.push_back({list, nullptr});
    }
    return changes;
}

std::vector<subscriber_table_t::change_t> subscriber_table_t::resume(const wire::node_id_t &node)
{
    std::vector<change_t> changes;
    const auto times = _suspended.find(node);
    if (times == _suspended.end() || --times->second > 0)
        return changes;
    _suspended.erase(times);
    const auto known = _nodes.find(node);
    if (known == _nodes.end())
        return changes;
    for (const auto &[receiver, list] : known->second.receivers) {
        enter(list);
        changes.push_back({nullptr, list});
    }
    return changes;
}

std::size_t subscriber_table_t::named(std::string_view topic) const
{
    const auto *const named = _named.find(topic);
    return named ? named->value : 0;
}

std::size_t subscriber_table_t::count(const lists_t &with_patterns, std::string_view topic)
{
    return static_cast<std::size_t>(
        std::count_if(with_patterns.begin(), with_patterns.end(),
                      [&](const list_ref &list) { return !list->has(topic) && list->matches(topic); }));
}

void subscriber_table_t::hold(node_t &node, const list_ref &list)
{
    node.bytes += list->bytes();
    _bytes += list->bytes();
    node.pattern_cost += list->pattern_cost();
    _pattern_cost += list->pattern_cost();
    ++_receivers;
}

void subscriber_table_t::let_go(node_t &node, const list_ref &list)
{
    node.bytes -= list->bytes();
    _bytes -= list->bytes();
    node.pattern_cost -= list->pattern_cost();
    _pattern_cost -= list->pattern_cost();
    --_receivers;
}

void subscriber_table_t::enter(const list_ref &list)
{
    for (const std::string &name : list->names())
        ++_named.insert(name).first->value;
    if (list->patterns().empty())
        return;
    lists_t lists = *_with_patterns;
    lists.push_back(list);
    _with_patterns = std::make_shared<const lists_t>(std::move(lists));
}

void subscriber_table_t::leave(const list_ref &list)
{
    for (const std::string &name : list->names()) {
        auto *const named = _named.find(name);
        if (--named->value == 0)
            _named.erase(named);
    }
    if (list->patterns().empty())
        return;
    lists_t lists = *_with_patterns;
    lists.erase(std::find(lists.begin(), lists.end(), list));
    _with_patterns = std::make_shared<const lists_t>(std::move(lists));
}
}
