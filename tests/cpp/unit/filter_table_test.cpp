// Protects: which ways get a frame, by the bytes that it begins with.
#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "spot/registry/filter_table.hpp"
#include "support.hpp"

using spot::registry::filter_table_t;

namespace filter_table_test
{
using ways_t = std::vector<filter_table_t::way_id_t>;

ways_t find(const filter_table_t &table, std::string_view frame)
{
    ways_t ways{99}; // what was there goes
    table.find(frame, ways);
    return ways;
}

TEST_CASE("a frame goes to each way once that has a beginning of it")
{
    filter_table_t table;
    CHECK(find(table, "abc").empty());
    table.add(2, "ab");
    table.add(1, "abc");
    table.add(1, "a");
    table.add(3, "abcd");
    table.add(4, "b");
    CHECK(find(table, "abc") == ways_t{1, 2});
    CHECK(find(table, "ab") == ways_t{1, 2});
    CHECK(find(table, "x").empty());
    table.add(5, "");
    CHECK(find(table, "x") == ways_t{5});
    CHECK(find(table, "") == ways_t{5});
}

TEST_CASE("a filter ends when it was ended as often as it was begun")
{
    filter_table_t table;
    table.add(1, "a");
    table.add(1, "a");
    table.add(2, "a");
    const std::uint64_t epoch = table.epoch();
    table.remove(1, "a");
    CHECK(table.epoch() > epoch);
    CHECK(find(table, "a") == ways_t{1, 2});
    table.remove(1, "a");
    table.remove(1, "a");
    table.remove(1, "never begun");
    CHECK(find(table, "a") == ways_t{2});
    table.remove_way(2);
    CHECK(table.empty());
    CHECK(find(table, "a").empty());
}

TEST_CASE("random filters: as a list that is searched has it")
{
    spot::test::dice_t dice(3);
    for (int round = 0; round < 50; ++round) {
        filter_table_t table;
        std::map<std::pair<filter_table_t::way_id_t, std::string>, int> begun;
        for (int i = 0; i < 200; ++i) {
            const auto way = static_cast<filter_table_t::way_id_t>(dice.roll(4));
            const std::string filter = dice.text({"a", "b"}, 4);
            const std::size_t kind = dice.roll(10);
            if (kind < 5) {
                table.add(way, filter);
                ++begun[{way, filter}];
            } else if (kind < 9) {
                table.remove(way, filter);
                if (int &count = begun[{way, filter}]; count > 0)
                    --count;
            } else if (dice.chance(20)) {
                table.remove_way(way);
                for (auto &[key, count] : begun)
                    count = key.first == way ? 0 : count;
            }
            const std::string frame = dice.text({"a", "b"}, 6);
            std::set<filter_table_t::way_id_t> expected;
            for (const auto &[key, count] : begun)
                if (count > 0 && frame.compare(0, key.second.size(), key.second) == 0)
                    expected.insert(key.first);
            CHECK(find(table, frame) == ways_t(expected.begin(), expected.end()));
        }
    }
}
}
