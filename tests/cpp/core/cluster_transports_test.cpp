// Protects: on every transport, nodes that add each other see each other's topics as REMOTE, subscribe to
// them, and publish to them.
#include <cstdio>
#include <map>

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support.hpp"

using namespace spot;
using namespace spot::test;

namespace
{
// Asked of the system itself, so that a node that cannot bind where the machine can is found out.
bool has_ipv6_loopback()
{
    const int probe = socket(AF_INET6, SOCK_STREAM, 0);
    if (probe < 0)
        return false;
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    address.sin6_addr = in6addr_loopback;
    const bool bound = ::bind(probe, reinterpret_cast<const sockaddr *>(&address), sizeof address) == 0;
    ::close(probe);
    return bound;
}

// `count` endpoints of one transport; ipc files are removed at the end.
class endpoints_t
{
  public:
    endpoints_t(const std::string &transport, int count)
    {
        static int serial = 0;
        for (int i = 0; i < count; ++i) {
            const std::string name = "spot-core-" + std::to_string(getpid()) + "-" + std::to_string(serial++);
            if (transport == "tcp")
                list.push_back("tcp://127.0.0.1:0");
            else
                list.push_back(transport + "://" + (transport == "ipc" ? "/tmp/" + name : name));
        }
    }
    ~endpoints_t()
    {
        for (const std::string &endpoint : list) {
            if (endpoint.rfind("ipc://", 0) != 0)
                continue;
            for (const char *suffix : {"", ".data", ".ingress"})
                std::remove((endpoint.substr(6) + suffix).c_str());
        }
    }
    endpoints_t(const endpoints_t &) = delete;
    endpoints_t &operator=(const endpoints_t &) = delete;

    std::vector<std::string> list;
};
}

TEST_CASE("two nodes of the seed, over each transport")
{
    for (const std::string &transport : {std::string("tcp"), std::string("ipc"), std::string("inproc")}) {
        CAPTURE(transport);
        ctx_t ctx;
        const endpoints_t at(transport, 2);
        const node_ptr a = make_server({"game:player1", "game:score"}, at.list[0], &ctx);
        const node_ptr b = make_server({"chat:room1", "chat:lobby"}, at.list[1], &ctx);
        join(*a, *b);
        join(*b, *a);
        CHECK(listing(*a) == std::vector<std::string>{"chat:lobby REMOTE", "chat:room1 REMOTE",
                                                      "game:player1 LOCAL", "game:score LOCAL"});
        CHECK(listing(*b) == std::vector<std::string>{"chat:lobby LOCAL", "chat:room1 LOCAL",
                                                      "game:player1 REMOTE", "game:score REMOTE"});
        REQUIRE_OK(a->subscribe("chat:room1"));
        REQUIRE_OK(b->subscribe("game:player1"));
        REQUIRE_OK(b->publish("chat:room1", "from its owner"));
        REQUIRE_OK(a->publish("chat:room1", "from afar"));
        REQUIRE_OK(a->publish("game:player1", "position"));
        REQUIRE_OK(b->publish("chat:lobby", "nobody asked"));
        const std::string first = receive_text(*a), second = receive_text(*a);
        CHECK((first == "chat:room1=from its owner" || second == "chat:room1=from its owner"));
        CHECK((first == "chat:room1=from afar" || second == "chat:room1=from afar"));
        const got_t got = receive(*b);
        CHECK(got.topic + "=" + got.data == "game:player1=position");
        CHECK(got.node_id == a->node_id());
        CHECK_FAILS(EAGAIN, a->poll(0));
    }
}

TEST_CASE("three nodes, full mesh, over each transport: everybody hears everybody")
{
    for (const std::string &transport : {std::string("tcp"), std::string("ipc"), std::string("inproc")}) {
        CAPTURE(transport);
        ctx_t ctx;
        const endpoints_t at(transport, 3);
        std::vector<node_ptr> nodes;
        for (int i = 0; i < 3; ++i)
            nodes.push_back(
                make_server({"t" + std::to_string(i)}, at.list[static_cast<std::size_t>(i)], &ctx));
        for (const node_ptr &node : nodes)
            for (const node_ptr &other : nodes)
                if (node != other)
                    REQUIRE_OK(node->cluster_add(other->endpoint()));
        for (const node_ptr &node : nodes) {
            REQUIRE_OK(node->cluster_sync(patience_ms));
            CHECK(node->list_topics().size() == 3);
            for (int i = 0; i < 3; ++i)
                REQUIRE_OK(node->subscribe("t" + std::to_string(i)));
        }
        // Each node publishes on each topic; the owners order them.
        for (std::size_t i = 0; i < 3; ++i)
            for (int topic = 0; topic < 3; ++topic)
                REQUIRE_OK(nodes[i]->publish("t" + std::to_string(topic), std::to_string(i)));
        for (const node_ptr &node : nodes) {
            std::map<std::string, std::uint64_t> last;
            std::map<std::string, int> from;
            for (int i = 0; i < 9; ++i) {
                const got_t got = receive(*node);
                REQUIRE_FALSE(got.topic.empty());
                CHECK(got.seq == ++last[got.topic]);
                CHECK(got.lost == 0);
                ++from[got.topic + got.data];
            }
            CHECK(from.size() == 9);
        }
    }
}

TEST_CASE("a client that never binds sees, subscribes and publishes; its own topics stay its own")
{
    const node_ptr server = make_server({"t"});
    const node_ptr client = make_client();
    REQUIRE_OK(client->topic_create("private"));
    join(*client, *server);
    subscribe(*server, {"t"});
    REQUIRE_OK(client->publish("t", "hello"));
    CHECK(receive_text(*server) == "t=hello");
    REQUIRE_OK(server->cluster_sync(patience_ms));
    CHECK_FALSE(server->topic_exists("private"));
    for (const topic_info_t &topic : client->list_topics())
        if (topic.id == "private")
            CHECK(topic.endpoints.empty());
}

TEST_CASE("inproc peers may be added in any order")
{
    ctx_t ctx;
    const node_ptr node = make_client(&ctx);
    REQUIRE_OK(node->cluster_add("inproc://comes-later"));
    const node_ptr server = make_server({"t"}, "inproc://comes-later", &ctx);
    CHECK(eventually([&] { return is_up(*node, "inproc://comes-later"); }));
    REQUIRE_OK(node->cluster_sync(patience_ms));
    CHECK(node->topic_exists("t"));
}

TEST_CASE("IPv6: the loopback; a machine without it says that the endpoint cannot be bound")
{
    const node_ptr server = make_client();
    if (!has_ipv6_loopback()) {
        CHECK_FAILS(EINVAL, server->bind("tcp://[::1]:0"));
        return;
    }
    REQUIRE_OK(server->bind("tcp://[::1]:0"));
    REQUIRE_OK(server->topic_create("t"));
    const node_ptr client = make_client();
    join(*client, *server);
    subscribe(*client, {"t"});
    REQUIRE_OK(client->publish("t", "six"));
    CHECK(receive_text(*client) == "t=six");
}
