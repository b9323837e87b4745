// Protects: a peer that closes or dies and comes back under its old endpoint is found again with its new
// topics, and every subscription is in effect again without a call by the user.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support.hpp"

using namespace spot;
using namespace spot::test;

namespace
{
// The port may take a moment to be free again.
node_ptr restart(const std::string &endpoint, const std::vector<std::string> &topics,
                 const bind_options_t &options = {})
{
    node_ptr node = make_client();
    REQUIRE(eventually([&] { return node->bind(endpoint, options) == 0; }));
    for (const std::string &topic : topics)
        REQUIRE_OK(node->topic_create(topic));
    return node;
}
}

TEST_CASE("closed and started again on the same endpoint: a sync finds the new topics")
{
    node_ptr server = make_server({"old", "both"});
    const std::string endpoint = server->endpoint();
    const std::string first_id = server->node_id();
    const node_ptr node = make_client();
    join(*node, *server);
    subscribe(*node, {"both", "new"});
    REQUIRE_OK(server->publish("both", "before"));
    CHECK(receive_text(*node) == "both=before");
    for (int round = 0; round < 3; ++round) {
        server->close();
        CHECK(eventually([&] { return node->list_topics().empty(); })); // it said BYE
        server = restart(endpoint, {"both", "new"});
        REQUIRE_OK(node->cluster_sync(patience_ms));
        CHECK(is_up(*node, endpoint));
        CHECK(listing(*node) == std::vector<std::string>{"both REMOTE", "new REMOTE"});
        REQUIRE_OK(server->publish("new", "after"));
        const got_t got = receive(*node);
        CHECK(got.data == "after");
        CHECK(got.seq == 1);
        CHECK(got.lost == 0);
        CHECK(got.node_id == server->node_id());
        CHECK(got.node_id != first_id);
        REQUIRE_OK(node->publish("both", "through the new owner"));
        CHECK(receive_text(*node) == "both=through the new owner");
    }
    CHECK(node->stats().reconnects >= 3);
}

TEST_CASE("the same over inproc, and with fixed data ports")
{
    ctx_t ctx;
    for (const bool inproc : {true, false}) {
        CAPTURE(inproc);
        const std::string at = inproc ? "inproc://restarted" : "tcp://127.0.0.1:0";
        bind_options_t options;
        if (!inproc) {
            const node_ptr free_port = make_server();
            options.data_endpoint = free_port->endpoint();
        }
        node_ptr server = make_client(&ctx);
        REQUIRE_OK(server->bind(at, options));
        REQUIRE_OK(server->topic_create("t"));
        const std::string endpoint = server->endpoint();
        const node_ptr node = make_client(&ctx);
        join(*node, *server);
        subscribe(*node, {"t"});
        for (int round = 0; round < 3; ++round) {
            CAPTURE(round);
            server.reset();
            server = make_client(&ctx);
            REQUIRE(eventually([&] { return server->bind(endpoint, options) == 0; }));
            REQUIRE_OK(server->topic_create("t"));
            REQUIRE_OK(node->cluster_sync(patience_ms));
            CHECK(eventually([&] { return is_up(*node, endpoint); }));
            REQUIRE_OK(server->publish("t", "again"));
            const got_t got = receive(*node);
            CHECK(got.data == "again");
            CHECK(got.node_id == server->node_id());
        }
    }
}

TEST_CASE("without a sync too: the peer is UP again by itself, and what it then publishes arrives")
{
    node_ptr server = make_server({"t"});
    const std::string endpoint = server->endpoint();
    const node_ptr node = make_client();
    join(*node, *server);
    std::vector<std::string> names{"t"};
    for (int i = 0; i < rounds(5000, 1000); ++i)
        names.push_back("filler:" + std::to_string(i));
    subscribe(*node, names);
    server.reset();
    CHECK(eventually([&] { return !is_up(*node, endpoint); }));
    server = restart(endpoint, names);
    CHECK(eventually([&] { return is_up(*node, endpoint); }));
    // UP means fenced: every one of them is in effect.
    for (const std::string &name : names)
        REQUIRE_OK(server->publish(name, "x"));
    for (const std::string &name : names)
        REQUIRE(receive_text(*node) == name + "=x");
}

TEST_CASE("what a peer published before it closed is received although it has left")
{
    node_ptr server = make_server({"t"});
    const node_ptr node = make_client();
    join(*node, *server);
    subscribe(*node, {"t"});
    const int count = 1000;
    for (int i = 0; i < count; ++i)
        REQUIRE_OK(server->publish("t", std::string(1024, 'x')));
    server.reset();
    CHECK(eventually([&] { return node->list_topics().empty(); }));
    for (int i = 1; i <= count; ++i)
        REQUIRE(receive(*node).seq == static_cast<std::uint64_t>(i));
    CHECK(node->stats().lost == 0);
}

TEST_CASE("a subscriber that restarts is served again")
{
    const node_ptr server = make_server({"t"});
    for (int round = 0; round < 5; ++round) {
        const node_ptr node = make_client();
        join(*node, *server);
        subscribe(*node, {"t"});
        REQUIRE_OK(server->publish("t", std::to_string(round)));
        CHECK(receive_text(*node) == "t=" + std::to_string(round));
    }
}

TEST_CASE("an orderly leave is seen at once, long before a silence would be")
{
    node_ptr server = make_server({"t"}, "tcp://127.0.0.1:0", nullptr, quick(10000));
    const std::string endpoint = server->endpoint();
    const node_ptr node = make_client(nullptr, quick(10000));
    join(*node, *server);
    server->close();
    const fair_watch_t watch;
    CHECK(eventually([&] { return !is_up(*node, endpoint) && node->list_topics().empty(); }));
    CHECK(watch.ms() < rounds(500, 2000));
}

TEST_CASE("both directions: two nodes that know each other survive either's restart")
{
    node_ptr a = make_server({"a"});
    node_ptr b = make_server({"b"});
    const std::string at_a = a->endpoint(), at_b = b->endpoint();
    join(*a, *b);
    join(*b, *a);
    for (int round = 0; round < 4; ++round) {
        node_ptr &goes = round % 2 == 0 ? a : b;
        const std::string at = round % 2 == 0 ? at_a : at_b, other = round % 2 == 0 ? at_b : at_a;
        goes.reset();
        goes = restart(at, {round % 2 == 0 ? "a" : "b"});
        REQUIRE_OK(goes->cluster_add(other));
        for (spot_pubsub_t *node : {a.get(), b.get()})
            CHECK(eventually([&] { return node->cluster_sync(patience_ms) == 0; }));
        CHECK(eventually([&] { return is_up(*a, at_b) && is_up(*b, at_a); }));
        subscribe(*a, {"b"});
        subscribe(*b, {"a"});
        REQUIRE_OK(a->publish("a", "1"));
        REQUIRE_OK(b->publish("b", "2"));
        CHECK(receive_text(*b) == "a=1");
        CHECK(receive_text(*a) == "b=2");
    }
}

TEST_CASE(
    "another program at the endpoint, which speaks no ZMTP, does not keep the node from being found later")
{
    const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    REQUIRE(listener >= 0);
    const int on = 1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    REQUIRE(bind(listener, reinterpret_cast<sockaddr *>(&address), size) == 0);
    REQUIRE(listen(listener, 5) == 0);
    REQUIRE(getsockname(listener, reinterpret_cast<sockaddr *>(&address), &size) == 0);
    const std::string endpoint = "tcp://127.0.0.1:" + std::to_string(ntohs(address.sin_port));

    const node_ptr node = make_client();
    REQUIRE_OK(node->cluster_add(endpoint));
    const int visitor = accept(listener, nullptr, nullptr);
    REQUIRE(visitor >= 0);
    const std::string answer = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    CHECK(send(visitor, answer.data(), answer.size(), MSG_NOSIGNAL) > 0);
    char byte;
    while (recv(visitor, &byte, 1, 0) > 0) { // until the node has hung up
    }
    close(visitor);
    close(listener);
    CHECK_FAILS(ETIMEDOUT, node->cluster_sync(0));

    const node_ptr server = restart(endpoint, {"t"});
    CHECK(eventually([&] { return is_up(*node, endpoint); }));
    CHECK(node->topic_exists("t"));
}
