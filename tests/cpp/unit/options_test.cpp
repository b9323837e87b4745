// Protects: every option has one row, which reads and writes the field of its name.
#include <doctest/doctest.h>

#include <set>
#include <string>
#include <string_view>

#include "spot/base/option_table.hpp"

using namespace spot;

namespace
{
const option_t &row_of(std::string_view name)
{
    for (const option_t &row : node_options) {
        if (row.name == name)
            return row;
    }
    FAIL("no option " << std::string(name));
    return node_options[0];
}

option_value_t another(const option_t &row, const option_value_t &value)
{
    if (const bool *const answer = std::get_if<bool>(&value))
        return !*answer;
    if (std::holds_alternative<std::string>(value))
        return std::string(row.name);
    return row.kind == option_kind_t::choice ? std::int64_t{1} : std::get<std::int64_t>(value) + 1;
}
}

TEST_CASE("a row of an option changes its field and no other")
{
    const options_t defaults;
    for (const option_t &changed : node_options) {
        CAPTURE(std::string(changed.name));
        options_t options;
        const option_value_t value = another(changed, changed.get(defaults));
        changed.set(options, value);
        CHECK((changed.get(options) == value));
        for (const option_t &row : node_options)
            CHECK(((row.get(options) == row.get(defaults)) == (row.name != changed.name)));
    }
}

TEST_CASE("options by their names")
{
    options_t options;
    row_of("send_hwm").set(options, std::int64_t{3});
    row_of("overflow").set(options, std::int64_t{1});
    row_of("send_timeout_ms").set(options, std::int64_t{-1});
    row_of("recv_hwm_bytes").set(options, std::int64_t{INT64_MAX});
    row_of("name").set(options, std::string("me"));
    row_of("gossip").set(options, false);
    CHECK(options.send_hwm == 3);
    CHECK(options.overflow == overflow_t::block);
    CHECK(options.send_timeout_ms == -1);
    CHECK(options.recv_hwm_bytes == static_cast<std::uint64_t>(INT64_MAX));
    CHECK(options.name == "me");
    CHECK_FALSE(options.gossip);
    CHECK_THROWS_AS(row_of("name").set(options, true), std::bad_variant_access);
}

TEST_CASE("an option has a default in its range, a unit and an effect")
{
    const options_t defaults;
    std::set<std::string_view> names;
    for (const option_t &row : node_options) {
        CAPTURE(std::string(row.name));
        CHECK(names.insert(row.name).second);
        CHECK_FALSE(row.unit.empty());
        CHECK(row.effect.size() > 10);
        CHECK(row.low <= row.high);
        const option_value_t value = row.get(defaults);
        if (const auto *const number = std::get_if<std::int64_t>(&value);
            number && row.kind != option_kind_t::choice) {
            CHECK(*number >= row.low);
            CHECK(*number <= row.high);
        }
    }
    CHECK(overflow_names[static_cast<std::size_t>(overflow_t::drop)] == "drop");
    CHECK(overflow_names[static_cast<std::size_t>(overflow_t::block)] == "block");
}
