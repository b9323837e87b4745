#include "spot/cluster/known_subscribers.hpp"

#include <memory>
#include <utility>

#include "spot/cluster/tell_watchers.hpp"

namespace spot
{
namespace
{
constexpr std::size_t topics_per_look = 256;
}

bool known_subscribers_t::set(const wire::node_id_t &node, std::uint32_t receiver,
                              std::vector<std::string> names)
{
    // The list is made, and its predecessor is freed, without the lock: it may be long.
    auto list = std::make_shared<const registry::subscriber_list_t>(std::move(names));
    registry::subscriber_table_t::change_t change;
    event_hub_t::wake_t wake;
    const write_lock_t lock(_records.mutex);
    if (!_records.subscribers.table.replace(node, receiver, std::move(list), change))
        return false;
    tell_watchers(_records.watchers,
                  [&]() SPOT_REQUIRES(_records.mutex) { tell_counts(_records, {change}, wake); });
    return true;
}

void known_subscribers_t::forget(const wire::node_id_t &node)
{
    subscriber_changes_t changes; // freed after the lock: it may hold the last of long lists
    event_hub_t::wake_t wake;
    const write_lock_t lock(_records.mutex);
    const std::string id = node.hex();
    changes = _records.subscribers.table.forget(node);
    _records.subscribers.served.erase(id);
    tell_watchers(_records.watchers,
                  [&]() SPOT_REQUIRES(_records.mutex) { tell_counts(_records, changes, wake); });
}

void known_subscribers_t::program_subscribed(const std::string &topic, bool added)
{
    event_hub_t::wake_t wake;
    const write_lock_t lock(_records.mutex);
    auto &programs = _records.subscribers.programs;
    if (added) {
        ++programs.insert(topic).first->value;
    } else if (auto *const known = programs.find(topic); known && --known->value == 0) {
        programs.erase(known);
    }
    tell_watchers(_records.watchers, [&]() SPOT_REQUIRES(_records.mutex) {
        if (_records.topics.is_local(topic))
            tell_count(_records, topic, wake);
    });
}

std::vector<known_subscribers_t::known_list_t> known_subscribers_t::lists() const
{
    std::vector<known_list_t> lists;
    const read_lock_t lock(_records.mutex);
    lists.reserve(_records.subscribers.table.receivers());
    _records.subscribers.table.each([&](const wire::node_id_t &node, std::uint32_t receiver,
                                        const registry::subscriber_table_t::list_ref &list) {
        lists.push_back({node, receiver, list});
    });
    return lists;
}

std::size_t known_subscribers_t::count(std::string_view topic) const
{
    std::shared_ptr<const registry::subscriber_table_t::lists_t> lists;
    std::size_t named = 0;
    {
        const read_lock_t lock(_records.mutex);
        named = _records.subscribers.named(topic);
        lists = _records.subscribers.table.with_patterns();
    }
    return named + registry::subscriber_table_t::count(*lists, topic);
}

void known_subscribers_t::count(topic_sums_t &sums) const
{
    for (auto topic = sums.begin(); topic != sums.end();) {
        std::shared_ptr<const registry::subscriber_table_t::lists_t> lists;
        auto from = topic;
        {
            const read_lock_t lock(_records.mutex);
            lists = _records.subscribers.table.with_patterns();
            for (std::size_t seen = 0; topic != sums.end() && seen < topics_per_look; ++topic, ++seen) {
                topic->second.local = _records.topics.is_local(topic->first);
                topic->second.subscribers =
                    topic->second.local ? _records.subscribers.named(topic->first) : 0;
            }
        }
        for (; from != topic; ++from)
            if (from->second.local)
                from->second.subscribers += registry::subscriber_table_t::count(*lists, from->first);
    }
}

void known_subscribers_t::serve(const wire::node_id_t &node)
{
    const write_lock_t lock(_records.mutex);
    _records.subscribers.served.insert(node.hex());
}

std::vector<std::string> known_subscribers_t::served() const
{
    const read_lock_t lock(_records.mutex);
    return {_records.subscribers.served.begin(), _records.subscribers.served.end()};
}
}
