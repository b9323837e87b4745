// Protects: which nodes gossip must not bring back, and until when.
#include <doctest/doctest.h>

#include <string>

#include "spot/registry/exclusions.hpp"

using namespace spot;
using namespace spot::registry;

namespace
{
wire::node_id_t id_of(std::uint8_t number)
{
    wire::node_id_t id;
    id.bytes[0] = number;
    return id;
}
}

TEST_CASE("who was removed is excluded by every endpoint and by its id, until one of them is named again")
{
    exclusions_t exclusions;
    const auto by_endpoint = [&](const char *endpoint) { return exclusions.excludes(endpoint, id_of(99)); };
    const auto by_id = [&](std::uint8_t number) {
        return exclusions.excludes("tcp://other:1", id_of(number));
    };

    exclusions.remove({"tcp://a:1", "tcp://10.0.0.1:1"}, id_of(1));
    exclusions.remove({"tcp://b:1"}, {});
    CHECK(by_endpoint("tcp://a:1"));
    CHECK(by_endpoint("tcp://10.0.0.1:1"));
    CHECK(by_id(1));
    CHECK(by_endpoint("tcp://b:1"));
    CHECK_FALSE(by_endpoint("tcp://a:2"));
    CHECK_FALSE(by_id(2));

    exclusions.restore("tcp://unknown:1");
    exclusions.restore(id_of(2));
    CHECK(exclusions.removed() == 2);

    exclusions.restore("tcp://10.0.0.1:1");
    CHECK_FALSE(by_endpoint("tcp://a:1"));
    CHECK_FALSE(by_id(1));
    CHECK(by_endpoint("tcp://b:1"));

    exclusions.remove({"tcp://a:1"}, id_of(1));
    exclusions.remove({"tcp://a:1"}, id_of(2)); // removed, added and restarted, removed
    exclusions.restore(id_of(1));
    CHECK(by_endpoint("tcp://a:1"));
    CHECK(by_id(2));
    exclusions.restore(id_of(2));
    CHECK_FALSE(by_endpoint("tcp://a:1"));
}

TEST_CASE("who left is excluded by its id alone: its endpoint may be another's soon")
{
    exclusions_t exclusions;
    exclusions.leave(id_of(1));
    CHECK(exclusions.excludes("tcp://a:1", id_of(1)));
    CHECK(exclusions.excludes("tcp://b:1", id_of(1)));
    CHECK_FALSE(exclusions.excludes("tcp://a:1", id_of(2)));
}

TEST_CASE("a name that leads to another node is excluded for that id alone")
{
    exclusions_t exclusions;
    exclusions.misname("tcp://a:1", id_of(1));
    CHECK(exclusions.excludes("tcp://a:1", id_of(1)));
    CHECK_FALSE(exclusions.excludes("tcp://a:1", id_of(2)));
    CHECK_FALSE(exclusions.excludes("tcp://b:1", id_of(1)));
}

TEST_CASE("every list has a limit: the oldest is forgotten")
{
    exclusions_t exclusions(3);
    for (std::uint8_t i = 1; i <= 5; ++i) {
        const std::string endpoint = "tcp://a:" + std::to_string(i);
        exclusions.remove({endpoint}, id_of(i));
        exclusions.leave(id_of(static_cast<std::uint8_t>(50 + i)));
        exclusions.misname(endpoint, id_of(static_cast<std::uint8_t>(100 + i)));
    }
    CHECK(exclusions.removed() == 3);
    for (std::uint8_t i = 1; i <= 5; ++i) {
        CAPTURE(i);
        const std::string endpoint = "tcp://a:" + std::to_string(i);
        const bool kept = i > 2;
        CHECK(exclusions.excludes(endpoint, id_of(200)) == kept);
        CHECK(exclusions.excludes("tcp://x:1", id_of(i)) == kept);
        CHECK(exclusions.excludes("tcp://x:1", id_of(static_cast<std::uint8_t>(50 + i))) == kept);
        CHECK(exclusions.excludes(endpoint, id_of(static_cast<std::uint8_t>(100 + i))) == kept);
    }
    exclusions.leave(id_of(55)); // known already: no entry is forgotten for it
    CHECK(exclusions.excludes("tcp://x:1", id_of(53)));
}
