// Protects: the calls that wait for topics, peers and subscribers, and subscriptions to topics that do not
// exist yet.
#include <thread>

#include "support.hpp"

using namespace spot;
using namespace spot::test;

TEST_CASE("waiting for what is there already returns at once, also without time")
{
    const node_ptr server = make_server({"t"});
    const node_ptr client = make_client();
    join(*client, *server);
    REQUIRE_OK(client->wait_for_topic("t", 0));
    REQUIRE_OK(client->wait_for_peers(1, 0));
    REQUIRE_OK(client->wait_for_peers(0, 0));
    REQUIRE_OK(server->wait_for_subscribers("t", 0, 0));
    subscribe(*client, {"t"});
    REQUIRE_OK(server->wait_for_subscribers("t", 1, patience_ms));
}

TEST_CASE("waiting ends when it comes true")
{
    const node_ptr server = make_server();
    const node_ptr client = make_client();
    REQUIRE_OK(client->subscribe("late", true));
    CHECK_FAILS(ENOENT, client->subscribe("later"));
    std::thread later([&] {
        client->cluster_add(server->endpoint());
        server->topic_create("late");
    });
    CHECK(client->wait_for_peers(1, patience_ms) == 0);
    CHECK(client->wait_for_topic("late", patience_ms) == 0);
    later.join();
    REQUIRE_OK(server->wait_for_subscribers("late", 1, patience_ms));
}

TEST_CASE("a wait in vain says why")
{
    const node_ptr node = make_server({"t"});
    CHECK_FAILS(ETIMEDOUT, node->wait_for_topic("nothing", 10));
    CHECK_FAILS(EINVAL, node->wait_for_topic("not*a topic", 10));
    CHECK_FAILS(ETIMEDOUT, node->wait_for_peers(1, 10));
    CHECK_FAILS(ETIMEDOUT, node->wait_for_subscribers("t", 1, 10));
    CHECK_FAILS(ENOENT, node->wait_for_subscribers("nothing", 1, 10));
    int result = 0, error = 0;
    std::thread waiting([&] {
        result = node->wait_for_subscribers("t", 1);
        error = errno;
    });
    REQUIRE_OK(node->topic_destroy("t"));
    waiting.join();
    CHECK(result == -1);
    CHECK(error == ENOENT);
    REQUIRE_OK(node->close());
    CHECK_FAILS(ENOTSOCK, node->wait_for_peers(1));
}

TEST_CASE("a subscriber counts by topic")
{
    const node_ptr node = make_server({"a", "b", "c"});
    subscriber_t queue;
    REQUIRE_OK(node->subscriber(queue, {"a"}));
    REQUIRE_OK(queue.subscribe("b", true));
    REQUIRE_OK(node->publish("a", "12"));
    REQUIRE_OK(node->publish("b", "345"));
    REQUIRE_OK(node->publish("b", "6"));
    message_t message;
    for (int i = 0; i < 3; ++i)
        REQUIRE_OK(queue.recv(message, patience_ms));
    std::vector<topic_stats_t> found = queue.topic_stats();
    std::sort(found.begin(), found.end(), [](const auto &x, const auto &y) { return x.topic < y.topic; });
    REQUIRE(found.size() == 2);
    CHECK(found[0].topic == "a");
    CHECK(found[0].received == 1);
    CHECK(found[1].received == 2);
    CHECK(found[1].bytes_received == 4);
    CHECK(found[1].lost == 0);
}
