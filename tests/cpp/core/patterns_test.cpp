// Protects: pattern subscriptions to LOCAL and REMOTE topics, present and future, get each message once.
#include "support.hpp"

using namespace spot;
using namespace spot::test;

TEST_CASE("a pattern matches LOCAL and REMOTE topics, and nothing else")
{
    const node_ptr server = make_server({"game:1", "game:12", "chat:1", "gamer"});
    const node_ptr node = make_client();
    REQUIRE_OK(node->topic_create("game:7"));
    REQUIRE_OK(node->topic_create("game:70"));
    join(*node, *server);
    REQUIRE_OK(node->subscribe_pattern("game:?"));
    for (const char *topic : {"game:12", "chat:1", "gamer", "game:1"})
        REQUIRE_OK(server->publish(topic, "remote"));
    CHECK(receive_text(*node) == "game:1=remote");
    REQUIRE_OK(node->publish("game:70", "local"));
    REQUIRE_OK(node->publish("game:7", "local"));
    CHECK(receive_text(*node) == "game:7=local");
    CHECK_FAILS(EAGAIN, node->poll(0));
    CHECK(node->stats().received == 2);
}

TEST_CASE("topics of the future match too, without another call")
{
    const node_ptr server = make_server();
    const node_ptr node = make_client();
    join(*node, *server);
    REQUIRE_OK(node->subscribe_pattern("*:news"));
    REQUIRE_OK(server->topic_create("world:news"));
    REQUIRE_OK(server->publish("world:news", "1"));
    CHECK(receive_text(*node) == "world:news=1");
    REQUIRE_OK(node->topic_create("local:news"));
    REQUIRE_OK(node->publish("local:news", "2"));
    CHECK(receive_text(*node) == "local:news=2");
    // A peer of the future.
    const node_ptr later = make_server({"late:news"});
    join(*node, *later);
    REQUIRE_OK(later->publish("late:news", "3"));
    CHECK(receive_text(*node) == "late:news=3");
}

TEST_CASE("a message that matches several subscriptions arrives once, LOCAL and REMOTE")
{
    const node_ptr server = make_server({"a:b", "a:end"});
    const node_ptr node = make_client();
    REQUIRE_OK(node->topic_create("a:c"));
    join(*node, *server);
    subscribe(*node, {"a:b", "a:*", "*", "?:?", "*:b", "a:c", "a:end"});
    for (int i = 0; i < 20; ++i)
        REQUIRE_OK(server->publish("a:b", std::to_string(i)));
    for (int i = 0; i < 20; ++i)
        REQUIRE(receive_text(*node) == "a:b=" + std::to_string(i));
    REQUIRE_OK(node->publish("a:c", "local"));
    CHECK(receive_text(*node) == "a:c=local");
    REQUIRE_OK(server->publish("a:end", "end"));
    CHECK(receive_text(*node) == "a:end=end");
    // Fewer and fewer of them: as long as one is left, once.
    for (const char *name : {"a:b", "*", "a:*", "?:?"}) {
        REQUIRE_OK(node->unsubscribe(name));
        REQUIRE_OK(server->publish("a:b", name));
        REQUIRE_OK(server->publish("a:end", "end"));
        CHECK(receive_until(*node, "a:end=end") == std::vector<std::string>{std::string("a:b=") + name});
    }
    REQUIRE_OK(node->unsubscribe("*:b"));
    REQUIRE_OK(server->publish("a:b", "unheard"));
    REQUIRE_OK(server->publish("a:end", "end"));
    CHECK(receive_text(*node) == "a:end=end");
}

TEST_CASE("a pattern that starts with '*' sees everything of a peer, and no fence tokens")
{
    const node_ptr server = make_server({"t"});
    const node_ptr node = make_client();
    join(*node, *server);
    REQUIRE_OK(node->subscribe_pattern("*"));
    for (int i = 0; i < 10; ++i) {
        subscribe(*node, {"extra" + std::to_string(i)});
        REQUIRE_OK(server->publish("t", std::to_string(i)));
        CHECK(receive_text(*node) == "t=" + std::to_string(i));
    }
    CHECK(node->stats().malformed == 0);
    CHECK(server->stats().malformed == 0);
}

TEST_CASE("lost is counted for the topics a pattern matches, not for their neighbours")
{
    const node_ptr server = make_server({"game:1", "game:2x"});
    const node_ptr node = make_client();
    join(*node, *server);
    REQUIRE_OK(node->subscribe_pattern("game:?"));
    for (int i = 0; i < 100; ++i) {
        REQUIRE_OK(server->publish("game:2x", "passed over"));
        REQUIRE_OK(server->publish("game:1", "x"));
    }
    for (std::uint64_t i = 1; i <= 100; ++i) {
        const got_t got = receive(*node);
        REQUIRE(got.seq == i);
        REQUIRE(got.lost == 0);
    }
    CHECK(node->stats().lost == 0);
}

TEST_CASE("ten thousand topics through one pattern, filtered again on arrival")
{
    const int count = rounds(10000, 1000);
    const node_ptr server = make_server();
    for (int i = 0; i < count; ++i)
        REQUIRE_OK(server->topic_create("t:" + std::to_string(i)));
    const node_ptr node = make_client();
    join(*node, *server);
    REQUIRE_OK(node->subscribe_pattern("t:*7"));
    for (int i = 0; i < count; ++i)
        REQUIRE_OK(server->publish("t:" + std::to_string(i), "x"));
    for (int i = 7; i < count; i += 10)
        REQUIRE(receive_text(*node) == "t:" + std::to_string(i) + "=x");
    CHECK_FAILS(EAGAIN, node->poll(0));
}
