// Protects: the errors of bind(), the state that a failed attempt leaves, and the endpoint() of a bound node.
#include "support.hpp"

using namespace spot;
using namespace spot::test;

TEST_CASE("a second bind of one node is EEXIST, even on another endpoint")
{
    const node_ptr node = make_server();
    CHECK_FAILS(EEXIST, node->bind("tcp://127.0.0.1:0"));
    CHECK_FAILS(EEXIST, node->bind(node->endpoint()));
}

TEST_CASE("an endpoint that is taken is EADDRINUSE, and the node may then bind elsewhere")
{
    ctx_t ctx;
    const std::string path = "ipc:///tmp/spot-core-bind-" + node_ptr(make_client())->node_id();
    for (const std::string &taken : {std::string("tcp://127.0.0.1:0"), std::string("inproc://bind-taken")}) {
        CAPTURE(taken);
        const node_ptr first = make_server({}, taken, &ctx);
        const node_ptr second = make_client(&ctx);
        CHECK_FAILS(EADDRINUSE, second->bind(first->endpoint()));
        CHECK(second->endpoint().empty());
        REQUIRE_OK(second->bind("tcp://127.0.0.1:0"));
        REQUIRE_OK(first->topic_create("still there"));
        join(*second, *first);
        CHECK(second->topic_exists("still there"));
    }
}

TEST_CASE("a data or ingress endpoint that is taken is EADDRINUSE, and nothing stays bound")
{
    const node_ptr first = make_server();
    const node_ptr second = make_client();
    bind_options_t options;
    options.data_endpoint = first->endpoint();
    CHECK_FAILS(EADDRINUSE, second->bind("tcp://127.0.0.1:0", options));
    options = {};
    options.ingress_endpoint = first->endpoint();
    CHECK_FAILS(EADDRINUSE, second->bind("tcp://127.0.0.1:0", options));
    CHECK(second->endpoint().empty());
    CHECK(second->data_endpoint().empty());
    REQUIRE_OK(second->bind("tcp://127.0.0.1:0"));
}

TEST_CASE("what is no endpoint is EINVAL")
{
    const node_ptr node = make_client();
    for (const char *wrong :
         {"", "tcp://", "tcp://127.0.0.1", "tcp://127.0.0.1:", "tcp://127.0.0.1:65536", "tcp://127.0.0.1:-1",
          "tcp://127.0.0.1:80x", "tcp://:5555", "tcp://a b:5555", "udp://127.0.0.1:5555", "127.0.0.1:5555",
          "ipc://", "inproc://", "tcp://[::1:5555", "tcp://[zz]:5555", "pgm://eth0;239.192.1.1:5555",
          "tcp://203.0.113.7:0"}) {
        CAPTURE(wrong);
        CHECK_FAILS(EINVAL, node->bind(wrong));
    }
    CHECK_FAILS(EINVAL, node->bind("ipc://" + std::string(200, 'p')));
    bind_options_t options;
    options.data_endpoint = "nonsense";
    CHECK_FAILS(EINVAL, node->bind("tcp://127.0.0.1:0", options));
    options = {};
    options.ingress_endpoint = "tcp://127.0.0.1";
    CHECK_FAILS(EINVAL, node->bind("tcp://127.0.0.1:0", options));
    options = {};
    options.advertise = "no host";
    CHECK_FAILS(EINVAL, node->bind("tcp://127.0.0.1:0", options));
    REQUIRE_OK(node->bind("tcp://127.0.0.1:0"));
}

TEST_CASE("endpoint() is connectable: the real port, a wildcard as 127.0.0.1, the advertised host")
{
    const node_ptr wild = make_client();
    CHECK(wild->endpoint().empty());
    CHECK(wild->data_endpoint().empty());
    REQUIRE_OK(wild->bind("tcp://*:0"));
    CHECK(wild->endpoint().rfind("tcp://127.0.0.1:", 0) == 0);
    CHECK(wild->endpoint() != "tcp://127.0.0.1:0");
    CHECK(wild->data_endpoint().rfind("tcp://127.0.0.1:", 0) == 0);
    REQUIRE_OK(wild->topic_create("seen"));
    const node_ptr peer = make_client();
    join(*peer, *wild);
    CHECK(peer->topic_exists("seen"));

    const node_ptr advertised = make_client();
    bind_options_t options;
    options.advertise = "localhost";
    REQUIRE_OK(advertised->bind("tcp://127.0.0.1:0", options));
    CHECK(advertised->endpoint().rfind("tcp://localhost:", 0) == 0);
    join(*peer, *advertised);
}

TEST_CASE("fixed data and ingress endpoints are used")
{
    // Free ports, found by binding and closing.
    std::string data, ingress;
    {
        const node_ptr one = make_server(), two = make_server();
        data = one->endpoint();
        ingress = two->endpoint();
    }
    const node_ptr server = make_client();
    bind_options_t options;
    options.data_endpoint = data;
    options.ingress_endpoint = ingress;
    REQUIRE_OK(server->bind("tcp://127.0.0.1:0", options));
    CHECK(server->data_endpoint() == data);
    REQUIRE_OK(server->topic_create("t"));
    const node_ptr client = make_client();
    join(*client, *server);
    subscribe(*client, {"t"});
    REQUIRE_OK(client->publish("t", "through the fixed ingress"));
    CHECK(receive_text(*client) == "t=through the fixed ingress");
}

TEST_CASE("node ids are 32 hex digits, and never the same twice")
{
    const node_ptr a = make_client(), b = make_client();
    CHECK(a->node_id().size() == 32);
    CHECK(a->node_id().find_first_not_of("0123456789abcdef") == std::string::npos);
    CHECK(a->node_id() != b->node_id());
}

TEST_CASE("options that make no sense: every call says EINVAL, none crashes")
{
    options_t options;
    options.heartbeat_ms = 0;
    spot_pubsub_t node(nullptr, options);
    CHECK_FAILS(EINVAL, node.bind("tcp://127.0.0.1:0"));
    CHECK_FAILS(EINVAL, node.topic_create("t"));
    message_t message;
    CHECK_FAILS(EINVAL, node.recv(message, 0));
    CHECK(node.list_topics().empty());
    CHECK(node.stats().published == 0);
    CHECK_FAILS(EINVAL, node.close());
}
