// Protects: a message that was moved from is empty, and pattern() is the subscription by which it came.
#include <utility>

#include "support.hpp"

using namespace spot;
using namespace spot::test;

namespace
{
void check_empty(const message_t &message)
{
    CHECK(message.topic().empty());
    CHECK(message.data().empty());
    CHECK(message.pattern().empty());
    CHECK(message.node_id().empty());
    CHECK(message.seq() == 0);
    CHECK(message.lost() == 0);
}
}

TEST_CASE("a moved-from message is empty, and the other one has everything")
{
    const node_ptr node = make_server({"t"});
    subscribe(*node, {"t"});
    REQUIRE_OK(node->publish("t", "one"));
    message_t first;
    check_empty(first);
    REQUIRE_OK(node->recv(first, patience_ms));
    message_t second(std::move(first));
    check_empty(first);
    CHECK(second.data() == "one");
    message_t third;
    third = std::move(second);
    check_empty(second);
    CHECK(third.topic() == "t");
    CHECK(third.data() == "one");
    CHECK(third.seq() == 1);
    CHECK(third.node_id() == node->node_id());
    message_t &self = third;
    third = std::move(self);
    CHECK(third.data() == "one");
    REQUIRE_OK(node->publish("t", "two"));
    REQUIRE_OK(node->recv(first, patience_ms)); // usable again
    CHECK(first.data() == "two");
}

TEST_CASE("a message says which subscription it came by")
{
    const node_ptr node = make_server({"news:a", "news:b", "other"});
    REQUIRE_OK(node->subscribe_many({"*", "news:*", "news:a"}));
    const auto by = [&](const std::string &topic) {
        REQUIRE_OK(node->publish(topic, "x"));
        message_t message;
        REQUIRE_OK(node->recv(message, patience_ms));
        CHECK(message.topic() == topic);
        return std::string(message.pattern());
    };
    CHECK(by("news:a") == "news:a");
    CHECK(by("news:b") == "news:*");
    CHECK(by("other") == "*");
    REQUIRE_OK(node->unsubscribe("news:a"));
    CHECK(by("news:a") == "news:*");
    REQUIRE_OK(node->subscribe_pattern("news:?"));
    CHECK(by("news:a") == "news:*"); // of several the first in alphabetical order
    REQUIRE_OK(node->unsubscribe("news:*"));
    CHECK(by("news:b") == "news:?");
}
