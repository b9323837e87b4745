// Protects: topics and patterns with the longest names work like all others. The socket shortens filters of
// some lengths, with which libzmq may lose a connection.
#include "support.hpp"

using namespace spot;
using namespace spot::test;

namespace
{
// Two of each length, which differ in their last byte.
std::vector<std::string> long_names()
{
    std::vector<std::string> names;
    for (std::size_t length = 243; length <= 255; ++length)
        for (const char last : {'a', 'b'})
            names.push_back(std::string(length - 1, 'x') + last);
    return names;
}
}

TEST_CASE("a subscription to a long name is in effect at a peer that comes later")
{
    for (const std::string &name : long_names()) {
        const node_ptr owner = make_server({name});
        const node_ptr node = make_client();
        REQUIRE_OK(node->subscribe_many({name}, true));
        join(*node, *owner);
        REQUIRE_OK(owner->publish(name, "first"));
        CHECK(receive_text(*node) == name + "=first");
    }
}

TEST_CASE("a pattern with a long beginning is in effect at a peer that comes later")
{
    for (std::size_t length = 243; length <= 254; ++length) {
        const std::string topic(length, 'x');
        const node_ptr owner = make_server({topic});
        const node_ptr node = make_client();
        REQUIRE_OK(node->subscribe_pattern(topic + "*"));
        join(*node, *owner);
        REQUIRE_OK(owner->publish(topic, "first"));
        CHECK(receive_text(*node) == topic + "=first");
    }
}

TEST_CASE("long names that begin alike are still told apart, also when one is unsubscribed from")
{
    const std::vector<std::string> names = long_names();
    const node_ptr owner = make_server(names);
    const node_ptr node = make_client();
    join(*node, *owner);
    subscribe(*node, names);
    for (std::size_t i = 0; i < names.size(); i += 2)
        REQUIRE_OK(node->unsubscribe(names[i]));
    for (const std::string &name : names)
        REQUIRE_OK(owner->publish(name, "x"));
    for (std::size_t i = 1; i < names.size(); i += 2)
        CHECK(receive_text(*node) == names[i] + "=x");
    CHECK(node->stats().received == names.size() / 2);
    CHECK(node->stats().lost == 0);
    CHECK(node->stats().malformed == 0);
}
