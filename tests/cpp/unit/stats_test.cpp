// Protects: every counter has one row, and the row leads to the field of its name.
#include <doctest/doctest.h>

#include <set>
#include <string>
#include <string_view>

#include "spot/base/stats.hpp"

using namespace spot;

namespace
{
template <typename Rows> void check_texts(const Rows &rows)
{
    std::set<std::string_view> names;
    for (const auto &row : rows) {
        CAPTURE(std::string(row.name));
        CHECK(names.insert(row.name).second);
        CHECK(row.unit.size() > 1);
        CHECK(row.unit.back() == 's'); // plural
        CHECK_FALSE(row.help.empty());
    }
}

// Each row has a place of its own.
template <typename Stats, typename Rows> void check_places(const Rows &rows)
{
    Stats stats;
    std::uint64_t number = 0;
    for (const auto &row : rows) {
        CHECK(stats.*row.value == 0);
        stats.*row.value = ++number;
    }
    number = 0;
    for (const auto &row : rows)
        CHECK(stats.*row.value == ++number);
}
}

TEST_CASE("every field of counters has a row, and every row a field of its own")
{
    constexpr auto width = sizeof(std::uint64_t);
    static_assert(sizeof(stats_t) == node_counters.size() * width);
    static_assert(sizeof(subscriber_stats_t) == subscriber_counters.size() * width);
    static_assert(sizeof(peer_stats_t) == sizeof(std::string) + peer_counters.size() * width);
    static_assert(sizeof(topic_stats_t) == sizeof(std::string) + width + topic_counters.size() * width);
    check_places<stats_t>(node_counters);
    check_places<peer_stats_t>(peer_counters);
    check_places<topic_stats_t>(topic_counters);
    check_places<subscriber_stats_t>(subscriber_counters);
    check_places<topic_stats_t>(subscriber_topic_counters);
}

TEST_CASE("a row has a name, a unit and a help")
{
    check_texts(node_counters);
    check_texts(peer_counters);
    check_texts(topic_counters);
    check_texts(subscriber_counters);
    check_texts(subscriber_topic_counters);
}

TEST_CASE("a row leads to the field of its name")
{
    topic_stats_t stats;
    stats.lost = 7;
    stats.subscribers = 8;
    for (const auto &row : topic_counters) {
        const std::uint64_t expected = row.name == "lost" ? 7 : row.name == "subscribers" ? 8 : 0;
        CHECK(stats.*row.value == expected);
        CHECK((row.kind == counter_kind_t::local_gauge) == (row.name == "subscribers"));
    }
}
