// Protects: what the command line asks a node before it publishes: how many receive queues subscribe to a
// topic, and of which nodes the subscriptions are in effect here.
#include "raw.hpp"
#include "spot/pubsub/node.hpp"
#include "support.hpp"

using namespace spot;
using namespace spot::test;

namespace
{
using ids_t = std::vector<std::string>;

struct owner_t
{
    explicit owner_t(const std::vector<std::string> &topics) : node(nullptr, quick())
    {
        REQUIRE_OK(node.open());
        REQUIRE_OK(node.bind("tcp://127.0.0.1:0", {}, nullptr));
        for (const std::string &topic : topics)
            REQUIRE_OK(node.topic_create(topic, false, nullptr));
    }
    void join(spot_pubsub_t &client) const { REQUIRE_OK(client.cluster_add(node.endpoint(), patience_ms)); }
    bool counts(const std::string &topic, std::size_t wanted) const
    {
        return eventually([&] { return node.count_subscribers(topic) == wanted; });
    }

    node_t node;
};

// A node in raw frames, whose two planes are connected one by one.
struct slow_joiner_t
{
    explicit slow_joiner_t(const owner_t &owner) : dealer(ctx, ZMQ_DEALER), sub(ctx, ZMQ_SUB)
    {
        hello.node_id = wire::node_id_t::random();
        dealer.connect(owner.node.endpoint());
        sub.connect(owner.node.data_endpoint());
    }
    void say_hello()
    {
        dealer.send(wire::encode_hello(hello));
        REQUIRE_FALSE(dealer.recv_command(wire::command_t::welcome).empty());
    }
    void send_token() { sub.subscribe(wire::fence_prefix + wire::token_t{hello.node_id, 1}.encode()); }
    bool confirmed() { return !dealer.recv_command(wire::command_t::fence).empty(); }

    raw_ctx_t ctx;
    raw_socket_t dealer, sub;
    wire::hello_t hello;
};
}

TEST_CASE("subscribers are counted by receive queue, over this node and others, by name and by pattern")
{
    owner_t owner({"game:1", "game:2"});
    CHECK(owner.node.count_subscribers("game:1") == 0);
    CHECK(owner.node.count_subscribers("no topic") == 0);
    REQUIRE_OK(owner.node.subscribe({"game:1"}, false, patience_ms, nullptr));
    CHECK(owner.node.count_subscribers("game:1") == 1); // its own, at once

    const node_ptr client = make_client();
    owner.join(*client);
    subscribe(*client, {"game:*"});
    CHECK(owner.counts("game:1", 2));
    CHECK(owner.node.count_subscribers("game:2") == 1);
    subscribe(*client, {"game:1", "elsewhere"}); // by name, too: the same queue
    CHECK(owner.counts("elsewhere", 1));         // a topic that is not LOCAL, and told in the same list
    CHECK(owner.node.count_subscribers("game:1") == 2);
    {
        subscriber_t second;
        REQUIRE_OK(client->subscriber(second, {"game:1"}));
        CHECK(owner.counts("game:1", 3));
    }
    CHECK(owner.counts("game:1", 2));
    REQUIRE_OK(client->unsubscribe_all());
    CHECK(owner.counts("game:2", 0));
    CHECK(owner.node.count_subscribers("game:1") == 1);
}

TEST_CASE("whoever is counted gets what is published then, and who closes is neither counted nor served")
{
    owner_t owner({"t"});
    for (int round = 0; round < rounds(20, 5); ++round) {
        const node_ptr client = make_client();
        subscribe(*client, {"t"});
        REQUIRE_OK(client->cluster_add(owner.node.endpoint()));
        REQUIRE(owner.counts("t", 1));
        CHECK(owner.node.served() == ids_t{client->node_id()});
        REQUIRE_OK(owner.node.publish("t", std::to_string(round), nullptr));
        REQUIRE(receive_text(*client) == "t=" + std::to_string(round));
        client->close();
        CHECK(owner.counts("t", 0));
        CHECK(eventually([&] { return owner.node.served().empty(); }));
    }
}

TEST_CASE("a node is served when its filters are here and it has said who it is, in whichever order")
{
    owner_t owner({"t"});
    {
        slow_joiner_t joiner(owner);
        joiner.say_hello();
        CHECK(owner.node.served().empty()); // its filters may still be on their way
        joiner.send_token();
        REQUIRE(joiner.confirmed());
        CHECK(owner.node.served() == ids_t{joiner.hello.node_id.hex()});
        joiner.dealer.send(wire::encode_bye());
        CHECK(eventually([&] { return owner.node.served().empty(); }));
    }
    slow_joiner_t joiner(owner);
    joiner.send_token();
    joiner.say_hello();
    REQUIRE(joiner.confirmed());
    CHECK(eventually([&] { return owner.node.served() == ids_t{joiner.hello.node_id.hex()}; }));
}

TEST_CASE("a closed node counts nobody new, and looking at it harms nobody")
{
    owner_t owner({"t"});
    const node_ptr client = make_client();
    owner.join(*client);
    subscribe(*client, {"t"});
    REQUIRE(owner.counts("t", 1));
    owner.node.close();

    CHECK(owner.node.served().size() <= 1);
}
