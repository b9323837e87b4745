// Protects: after unsubscribe() has returned, no message of that subscription is received, wherever it
// waited.
#include "support.hpp"

using namespace spot;
using namespace spot::test;

TEST_CASE("nothing arrives after unsubscribe returns, from a queue full of messages")
{
    const node_ptr server = make_server({"t", "kept"});
    const node_ptr node = make_client();
    join(*node, *server);
    for (int round = 0; round < rounds(30, 5); ++round) {
        subscribe(*node, {"t", "kept"});
        for (int i = 0; i < 50; ++i)
            REQUIRE_OK(server->publish("t", "x"));
        REQUIRE_OK(server->publish("kept", "y"));
        REQUIRE(receive_text(*node) == "t=x");
        REQUIRE_OK(node->unsubscribe("t"));
        REQUIRE(receive_text(*node) == "kept=y"); // and none of the 49 before it
    }
}

TEST_CASE("the rest of a half unpacked batch is gone, LOCAL and REMOTE")
{
    const node_ptr server = make_server({"remote"});
    const node_ptr node = make_client();
    REQUIRE_OK(node->topic_create("local"));
    join(*node, *server);
    const std::vector<std::string_view> items{"1", "2", "3", "4"};
    for (const std::string &topic : {std::string("local"), std::string("remote")}) {
        subscribe(*node, {"local", "remote"});
        spot_pubsub_t &owner = topic == "local" ? *node : *server;
        REQUIRE_OK(owner.publish_many(topic, items));
        CHECK(receive_text(*node) == topic + "=1");
        REQUIRE_OK(node->unsubscribe(topic));
        CHECK_FAILS(EAGAIN, node->poll(0));
        subscribe(*node, {topic});
        REQUIRE_OK(owner.publish(topic, "5"));
        const got_t got = receive(*node);
        CHECK(got.data == "5"); // not 2: those were of the subscription that ended
        CHECK(got.lost == 0);   // nor counted as missed, because there was no subscription to them
        REQUIRE_OK(node->unsubscribe_all());
    }
}

TEST_CASE("a batch that another subscription still wants stays")
{
    const node_ptr node = make_client();
    REQUIRE_OK(node->topic_create("game:1"));
    subscribe(*node, {"game:1", "game:*"});
    REQUIRE_OK(node->publish_many("game:1", {"1", "2", "3"}));
    CHECK(receive_text(*node) == "game:1=1");
    REQUIRE_OK(node->unsubscribe("game:1"));
    CHECK(receive_text(*node) == "game:1=2");
    REQUIRE_OK(node->unsubscribe("game:*"));
    CHECK_FAILS(EAGAIN, node->poll(0));
}

TEST_CASE("unsubscribing is the end also while another thread receives and a third publishes")
{
    const node_ptr server = make_server({"t", "end"});
    const node_ptr node = make_client();
    join(*node, *server);
    std::atomic<bool> stop{false};
    std::atomic<bool> subscribed{false};
    std::atomic<int> strays{0}, rightful{0};
    {
        const worker_t publisher([&] {
            for (int i = 0; !stop; ++i)
                server->publish("t", std::to_string(i));
        });
        const worker_t reader([&] {
            message_t message;
            while (!stop) {
                // Taken between the two looks, so that it was received after unsubscribe had returned.
                const bool before = subscribed;
                if (node->recv(message, 5) != 0)
                    continue;
                if (before || subscribed)
                    ++rightful;
                else
                    ++strays;
            }
        });
        for (int round = 0; round < rounds(100, 20); ++round) {
            subscribed = true;
            CHECK(node->subscribe("t") == 0);
            const int seen = rightful;
            CHECK(eventually([&] { return rightful > seen; }));
            CHECK(node->unsubscribe("t") == 0);
            // A message that the reader took before this may be counted a moment later: it saw `subscribed`
            // then.
            subscribed = false;
        }
        stop = true;
    }
    CHECK(strays == 0);
}

TEST_CASE("subscribing again is a fresh start: the first message has lost 0")
{
    const node_ptr server = make_server({"t"});
    const node_ptr node = make_client();
    join(*node, *server);
    subscribe(*node, {"t"});
    REQUIRE_OK(server->publish("t", "1"));
    CHECK(receive(*node).seq == 1);
    REQUIRE_OK(node->unsubscribe("t"));
    subscribe(*node, {"another"}); // its fence stands behind the unsubscription
    for (int i = 0; i < 10; ++i)
        REQUIRE_OK(server->publish("t", "unheard"));
    REQUIRE_OK(server->flush());
    subscribe(*node, {"t"});
    REQUIRE_OK(server->publish("t", "12"));
    const got_t got = receive(*node);
    CHECK(got.seq == 12);
    CHECK(got.lost == 0);
    CHECK(node->stats().lost == 0);
}
