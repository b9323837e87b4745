// Protects: the errors of cluster_add, cluster_remove, cluster_sync and peers(), and the state that each
// leaves.
#include "names.hpp"
#include "support.hpp"

using namespace spot;
using namespace spot::test;

namespace
{
// An endpoint that was free a moment ago, at which no program answers.
std::string dead_endpoint()
{
    const node_ptr node = make_server();
    return node->endpoint();
}
}

TEST_CASE("cluster_add of a known endpoint is EEXIST, however it is spelled")
{
    const node_ptr server = make_server();
    const node_ptr node = make_client();
    REQUIRE_OK(node->cluster_add(server->endpoint()));
    CHECK_FAILS(EEXIST, node->cluster_add(server->endpoint()));
    CHECK_FAILS(EEXIST, node->cluster_add(server->endpoint(), 1000));
    std::string padded = server->endpoint();
    padded.insert(padded.rfind(':') + 1, "0");
    if (padded.size() <= std::string("tcp://127.0.0.1:65535").size())
        CHECK_FAILS(EEXIST, node->cluster_add(padded));
    CHECK(node->peers().size() == 1);
}

TEST_CASE("cluster_add of what cannot be reached")
{
    const names_t names; // it knows none
    const node_ptr node = make_client();
    CHECK_FAILS(EHOSTUNREACH, node->cluster_add("tcp://no-such-host.invalid:5555", patience_ms));
    CHECK(node->peers().empty());

    const std::string nobody = dead_endpoint();
    const stopwatch_t watch;
    CHECK_FAILS(EHOSTUNREACH, node->cluster_add(nobody, 300));
    CHECK(watch.ms() >= 290);
    CHECK(node->peers().empty()); // not added, so that it may be added again
    REQUIRE_OK(node->cluster_add(nobody));
    REQUIRE(node->peers().size() == 1);
    CHECK(node->peers()[0].state == peer_state_t::connecting);
    CHECK(node->peers()[0].endpoint == nobody);
    CHECK(node->peers()[0].node_id.empty());
}

TEST_CASE("cluster_add of what is no endpoint is EINVAL")
{
    const node_ptr node = make_client();
    for (const char *wrong : {"", "tcp://", "tcp://*:5555", "tcp://0.0.0.0:5555", "tcp://127.0.0.1:0",
                              "tcp://127.0.0.1:*", "udp://127.0.0.1:1", "host:1", "ipc://", "tcp://[::]:5"}) {
        CAPTURE(wrong);
        CHECK_FAILS(EINVAL, node->cluster_add(wrong));
        CHECK_FAILS(EINVAL, node->cluster_add(wrong, 100));
    }
    CHECK(node->peers().empty());
}

TEST_CASE("cluster_add with a time-out returns when the peer is there, and that is UP")
{
    const node_ptr server = make_server({"t"});
    const node_ptr node = make_client();
    REQUIRE_OK(node->cluster_add(server->endpoint(), patience_ms));
    CHECK(is_up(*node, server->endpoint()));
    CHECK(node->topic_exists("t")); // topics register on connecting, without a sync
    REQUIRE(node->peers().size() == 1);
    CHECK(node->peers()[0].node_id == server->node_id());
    CHECK(node->peers()[0].topics == 1);
    CHECK(node->stats().peers_up == 1);
}

TEST_CASE("a peer may be added before it starts")
{
    const std::string endpoint = dead_endpoint();
    const node_ptr node = make_client();
    REQUIRE_OK(node->cluster_add(endpoint));
    const node_ptr server = make_server({"late"}, endpoint);
    CHECK(eventually([&] { return is_up(*node, endpoint); }));
    CHECK(node->topic_exists("late"));
}

TEST_CASE("cluster_remove: ENOENT for what was never added; topics and messages end")
{
    const node_ptr server = make_server({"t"});
    const node_ptr node = make_client();
    CHECK_FAILS(ENOENT, node->cluster_remove(server->endpoint()));
    CHECK_FAILS(ENOENT, node->cluster_remove("nonsense"));
    join(*node, *server);
    subscribe(*node, {"t"});
    REQUIRE_OK(server->publish("t", "before"));
    CHECK(receive_text(*node) == "t=before");

    // Some of these are queued already: they are dropped with the peer.
    for (int i = 0; i < 100; ++i)
        REQUIRE_OK(server->publish("t", "during"));
    REQUIRE_OK(node->cluster_remove(server->endpoint()));
    CHECK(node->list_topics().empty());
    CHECK(node->peers().empty());
    CHECK(receive_text(*node, 0) == "nothing");
    REQUIRE_OK(server->publish("t", "after"));
    CHECK_FAILS(EAGAIN, node->poll(100));
    CHECK_FAILS(ENOENT, node->cluster_remove(server->endpoint()));
    CHECK_FAILS(ENOENT, node->publish("t", "x"));

    // The subscription is the node's own: it is in effect again as soon as the peer is.
    join(*node, *server);
    REQUIRE_OK(server->publish("t", "again"));
    CHECK(receive_text(*node) == "t=again");
}

TEST_CASE("a topic stays when another peer owns it too")
{
    const node_ptr one = make_server({"shared", "only one"});
    const node_ptr two = make_server({"shared"});
    const node_ptr node = make_client();
    join(*node, *one);
    join(*node, *two);
    REQUIRE(node->list_topics().size() == 2);
    CHECK(node->list_topics()[1].endpoints.size() == 2);
    REQUIRE_OK(node->cluster_remove(one->endpoint()));
    CHECK(listing(*node) == std::vector<std::string>{"shared REMOTE"});
    CHECK(node->list_topics()[0].endpoints == std::vector<std::string>{two->endpoint()});
}

TEST_CASE("cluster_sync without peers returns at once, whatever the time-out")
{
    const node_ptr node = make_client();
    REQUIRE_OK(node->cluster_sync(0));
    REQUIRE_OK(node->cluster_sync(-1));
    std::vector<std::string> missing{"leftover"};
    REQUIRE_OK(node->cluster_sync(1000, &missing));
    CHECK(missing.empty());
}

TEST_CASE("cluster_sync: ETIMEDOUT names who did not answer, as it was added; the others are registered")
{
    const node_ptr server = make_server({"answered"});
    const std::string nobody = dead_endpoint(), nobody_else = dead_endpoint();
    const node_ptr node = make_client();
    REQUIRE_OK(node->cluster_add(nobody));
    join(*make_client(), *server);
    REQUIRE_OK(node->cluster_add(server->endpoint()));
    REQUIRE_OK(node->cluster_add(nobody_else));
    std::vector<std::string> missing;
    const stopwatch_t watch;
    const fair_watch_t fair;
    CHECK_FAILS(ETIMEDOUT, node->cluster_sync(1000, &missing));
    CHECK(watch.ms() >= 990);
    CHECK(fair.ms() < 1900); // one time-out, not one a peer
    CHECK(missing == std::vector<std::string>{nobody, nobody_else});
    CHECK(node->topic_exists("answered"));
    CHECK_FAILS(ETIMEDOUT, node->cluster_sync(0, &missing));
    CHECK_FAILS(ETIMEDOUT, node->cluster_sync(0, nullptr));
}

TEST_CASE("a node that adds itself stays alone, and the sync works")
{
    const node_ptr node = make_server({"own"});
    const std::string port = node->endpoint().substr(node->endpoint().rfind(':'));
    CHECK_FAILS(EINVAL, node->cluster_add(node->endpoint()));
    CHECK_FAILS(EINVAL, node->topic_route("elsewhere", node->endpoint()));
    REQUIRE_OK(node->cluster_add("tcp://localhost" + port));
    REQUIRE_OK(node->cluster_sync(patience_ms));
    CHECK(listing(*node) == std::vector<std::string>{"own LOCAL"});
    subscribe(*node, {"own"});
    REQUIRE_OK(node->publish("own", "1"));
    REQUIRE_OK(node->publish("own", "2"));
    CHECK(receive_text(*node) == "own=1");
    CHECK(receive_text(*node) == "own=2");
    CHECK(node->stats().peers_up == 0);
}

TEST_CASE("one peer reached by two names delivers each message once")
{
    const node_ptr server = make_client();
    REQUIRE_OK(server->bind("tcp://*:0"));
    REQUIRE_OK(server->topic_create("t"));
    const std::string port = server->endpoint().substr(server->endpoint().rfind(':'));
    const node_ptr node = make_client();
    REQUIRE_OK(node->cluster_add("tcp://127.0.0.1" + port));
    REQUIRE_OK(node->cluster_add("tcp://localhost" + port));
    REQUIRE_OK(node->cluster_sync(patience_ms));
    subscribe(*node, {"t"});
    for (int i = 0; i < 50; ++i)
        REQUIRE_OK(server->publish("t", std::to_string(i)));
    for (int i = 0; i < 50; ++i)
        CHECK(receive_text(*node) == "t=" + std::to_string(i));
    // One of the names goes: the other one keeps the connection.
    REQUIRE_OK(node->cluster_remove("tcp://localhost" + port));
    REQUIRE_OK(server->publish("t", "last"));
    CHECK(receive_text(*node) == "t=last");
}
