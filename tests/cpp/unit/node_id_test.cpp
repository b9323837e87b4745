// Protects: node ids are random, print as 32 hex digits, and give the source of data frames.
#include <doctest/doctest.h>

#include <set>
#include <unordered_set>

#include "spot/wire/node_id.hpp"
#include "support.hpp"

using namespace spot;
using wire::node_id_t;

TEST_CASE("random ids differ in every byte position")
{
    std::set<node_id_t> seen;
    node_id_t varied;
    const node_id_t first = node_id_t::random();
    for (int i = 0; i < 200; ++i) {
        const node_id_t id = node_id_t::random();
        CHECK(seen.insert(id).second);
        CHECK_FALSE(id.empty());
        CHECK(id.source() != 0);
        for (std::size_t k = 0; k < id.bytes.size(); ++k)
            varied.bytes[k] |= static_cast<std::uint8_t>(id.bytes[k] ^ first.bytes[k]);
    }
    for (const std::uint8_t byte : varied.bytes)
        CHECK(byte == 0xff);
}

TEST_CASE("hex, view and source")
{
    const node_id_t id = test::counting_id(0xf0);
    CHECK(id.hex() == "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff");
    CHECK(id.view() == test::bytes("f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff"));
    CHECK(id.source() == 0xf6f5f4f3f2f1f0ULL);
    CHECK(node_id_t{}.hex() == std::string(32, '0'));
    CHECK(node_id_t{}.empty());
}

TEST_CASE("parse takes exactly sixteen bytes")
{
    node_id_t id = test::counting_id();
    for (const std::size_t length : {0u, 1u, 15u, 17u, 32u})
        CHECK_FALSE(node_id_t::parse(std::string(length, 'x'), id));
    CHECK(id == test::counting_id());
    CHECK(node_id_t::parse(test::counting_id(7).view(), id));
    CHECK(id == test::counting_id(7));
    CHECK(std::unordered_set<node_id_t>{id, test::counting_id(7), test::counting_id(8)}.size() == 2);
}
