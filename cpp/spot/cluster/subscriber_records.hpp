// The subscribers that this node knows of: receive queues of nodes, by what the nodes report (SUBS), and
// plain programs that subscribed here.
//
// Thread safety: none; the caller locks.
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <string_view>

#include "spot/registry/name_map.hpp"
#include "spot/registry/subscribers.hpp"

namespace spot
{
struct subscriber_records_t
{
    registry::subscriber_table_t table;         // of nodes
    registry::name_map_t<std::size_t> programs; // how many plain programs, by topic
    std::set<std::string> served; // ids of the nodes whose subscriptions at their connection are in effect

    // How many subscribe to the very name, without those whose patterns match it.
    std::size_t named(std::string_view topic) const
    {
        const auto *const plain = programs.find(topic);
        return table.named(topic) + (plain ? plain->value : 0);
    }
    // How many subscribe to it in any way. With many patterns this takes long.
    std::size_t all(std::string_view topic) const
    {
        return named(topic) + registry::subscriber_table_t::count(*table.with_patterns(), topic);
    }
};
}
