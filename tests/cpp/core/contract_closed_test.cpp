// Protects: every call on a closed node fails at once with ENOTSOCK.
#include "support.hpp"

using namespace spot;
using namespace spot::test;

TEST_CASE("after close every method is ENOTSOCK, and close itself is idempotent")
{
    const node_ptr server = make_server({"remote"});
    const node_ptr node = make_server({"t"});
    join(*node, *server);
    subscribe(*node, {"t"});
    REQUIRE_OK(node->publish("t", "queued, and gone with the node"));
    REQUIRE_OK(node->close());
    REQUIRE_OK(node->close());

    const fair_watch_t watch;
    message_t message;
    std::vector<message_t> messages;
    CHECK_FAILS(ENOTSOCK, node->bind("tcp://127.0.0.1:0"));
    CHECK_FAILS(ENOTSOCK, node->bind("nonsense"));
    CHECK_FAILS(ENOTSOCK, node->cluster_add("tcp://127.0.0.1:5555"));
    CHECK_FAILS(ENOTSOCK, node->cluster_add(server->endpoint(), 1000));
    CHECK_FAILS(ENOTSOCK, node->cluster_remove(server->endpoint()));
    CHECK_FAILS(ENOTSOCK, node->cluster_sync(1000));
    CHECK_FAILS(ENOTSOCK, node->topic_create("new"));
    CHECK_FAILS(ENOTSOCK, node->topic_create("t"));
    CHECK_FAILS(ENOTSOCK, node->topic_create(""));
    CHECK_FAILS(ENOTSOCK, node->topic_destroy("t"));
    CHECK_FAILS(ENOTSOCK, node->topic_route("far", server->endpoint()));
    CHECK_FAILS(ENOTSOCK, node->subscribe("t"));
    CHECK_FAILS(ENOTSOCK, node->subscribe_pattern("t*"));
    CHECK_FAILS(ENOTSOCK, node->subscribe_many({"t"}, true));
    CHECK_FAILS(ENOTSOCK, node->unsubscribe("t"));
    CHECK_FAILS(ENOTSOCK, node->unsubscribe_all());
    CHECK_FAILS(ENOTSOCK, node->publish("t", "x"));
    CHECK_FAILS(ENOTSOCK, node->publish("remote", "x"));
    CHECK_FAILS(ENOTSOCK, node->publish_many("t", {"x"}));
    CHECK_FAILS(ENOTSOCK, node->recv(message, -1));
    CHECK_FAILS(ENOTSOCK, node->recv_many(messages, 10, -1));
    CHECK_FAILS(ENOTSOCK, node->poll(-1));
    CHECK_FAILS(ENOTSOCK, node->fd());
    CHECK(watch.ms() < 1000);
    // Calls that only read still answer.
    CHECK(node->node_id().size() == 32);
    CHECK(node->stats().published == 1);
    static_cast<void>(node->list_topics());
    static_cast<void>(node->peers());
    static_cast<void>(node->subscriptions());
}

TEST_CASE("a context that goes out of scope first does not matter")
{
    auto ctx = std::make_unique<ctx_t>();
    const node_ptr a = make_server({"t"}, "inproc://outlives", ctx.get());
    const node_ptr b = make_client(ctx.get());
    ctx.reset();
    join(*b, *a);
    subscribe(*b, {"t"});
    REQUIRE_OK(a->publish("t", "x"));
    CHECK(receive_text(*b) == "t=x");
}
