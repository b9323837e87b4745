// Protects: every error of topic_*, subscribe*, unsubscribe and subscriptions(), and that a failed call
// changes nothing.
#include "support.hpp"

using namespace spot;
using namespace spot::test;

namespace
{
const std::vector<std::string> &wrong_topics()
{
    static const std::vector<std::string> names{
        "", "a*", "a?", std::string("a\0b", 3), std::string(256, 'x'), "\xff", "\xc0\xaf", "\xed\xa0\x80"};
    return names;
}
}

TEST_CASE("topic_create: EEXIST when LOCAL already, EINVAL for what is no name")
{
    const node_ptr node = make_client();
    REQUIRE_OK(node->topic_create("t"));
    CHECK_FAILS(EEXIST, node->topic_create("t"));
    for (const std::string &wrong : wrong_topics()) {
        CAPTURE(wrong);
        CHECK_FAILS(EINVAL, node->topic_create(wrong));
    }
    REQUIRE_OK(node->topic_create(std::string(255, 'x')));
    REQUIRE_OK(node->topic_create("게임:점수"));
    CHECK(node->list_topics().size() == 3);
}

TEST_CASE("topic_destroy: ENOENT unless LOCAL")
{
    const node_ptr server = make_server({"remote"});
    const node_ptr node = make_client();
    join(*node, *server);
    CHECK_FAILS(ENOENT, node->topic_destroy("nothing"));
    CHECK_FAILS(ENOENT, node->topic_destroy(""));
    CHECK_FAILS(ENOENT, node->topic_destroy("remote"));
    REQUIRE_OK(node->topic_create("mine"));
    REQUIRE_OK(node->topic_destroy("mine"));
    CHECK_FAILS(ENOENT, node->topic_destroy("mine"));
    CHECK_FAILS(ENOENT, node->publish("mine", "x"));
    CHECK_FALSE(node->topic_exists("mine"));
}

TEST_CASE("a topic made again goes on with its numbers")
{
    const node_ptr node = make_client();
    REQUIRE_OK(node->topic_create("t"));
    subscribe(*node, {"t"});
    REQUIRE_OK(node->publish("t", "1"));
    REQUIRE_OK(node->topic_destroy("t"));
    REQUIRE_OK(node->topic_create("t"));
    REQUIRE_OK(node->publish("t", "2"));
    CHECK(receive(*node).seq == 1);
    const got_t second = receive(*node);
    CHECK(second.seq == 2);
    CHECK(second.lost == 0);
}

TEST_CASE("topic_route: EEXIST when LOCAL, EINVAL for a wrong name or endpoint")
{
    const node_ptr node = make_client();
    const node_ptr server = make_server();
    REQUIRE_OK(node->topic_create("local"));
    CHECK_FAILS(EEXIST, node->topic_route("local", server->endpoint()));
    CHECK_FAILS(EINVAL, node->topic_route("t", "nonsense"));
    CHECK_FAILS(EINVAL, node->topic_route("t", "tcp://*:5555"));
    for (const std::string &wrong : wrong_topics()) {
        CAPTURE(wrong);
        CHECK_FAILS(EINVAL, node->topic_route(wrong, server->endpoint()));
    }
    CHECK(node->peers().empty()); // nothing was added on the way
    REQUIRE_OK(node->topic_route("t", server->endpoint()));
    REQUIRE_OK(node->topic_route("t", server->endpoint()));
    CHECK(node->peers().size() == 1);
    CHECK(node->topic_exists("t"));
    CHECK_FALSE(node->topic_is_local("t"));
}

TEST_CASE("topic_exists, topic_is_local and list_topics agree; a LOCAL topic hides a REMOTE one")
{
    const node_ptr server = make_server({"b", "both"});
    const node_ptr node = make_server({"a", "both", "c"});
    join(*node, *server);
    CHECK(listing(*node) == std::vector<std::string>{"a LOCAL", "b REMOTE", "both LOCAL", "c LOCAL"});
    CHECK(node->topic_is_local("both"));
    CHECK(node->topic_exists("b"));
    CHECK_FALSE(node->topic_is_local("b"));
    CHECK_FALSE(node->topic_exists("d"));
    CHECK_FALSE(node->topic_exists(""));
    const std::vector<topic_info_t> list = node->list_topics();
    CHECK(list[0].endpoints == std::vector<std::string>{node->endpoint()});
    CHECK(list[1].endpoints == std::vector<std::string>{server->endpoint()});
    for (const topic_info_t &topic : list)
        CHECK(topic.reachable);
    CHECK(node->stats().topics_local == 3);
}

TEST_CASE("subscribe: ENOENT for an unknown topic, EINVAL for what is no name")
{
    const node_ptr node = make_client();
    CHECK_FAILS(ENOENT, node->subscribe("nothing"));
    for (const std::string &wrong : wrong_topics()) {
        CAPTURE(wrong);
        CHECK_FAILS(EINVAL, node->subscribe(wrong));
    }
    CHECK_FAILS(EINVAL, node->subscribe_pattern("no pattern"));
    CHECK_FAILS(EINVAL, node->subscribe_pattern(""));
    CHECK_FAILS(EINVAL, node->subscribe_pattern(std::string(255, 'x') + "*"));
    CHECK_FAILS(EINVAL, node->subscribe_pattern("\xff*"));
    CHECK(node->subscriptions().empty());
}

TEST_CASE("subscribe_many is all or nothing, and names the culprit")
{
    const node_ptr node = make_client();
    REQUIRE_OK(node->topic_create("t"));
    failure_t failure;
    CHECK_FAILS(ENOENT, node->subscribe_many({"t", "x*", "gone"}, false, 1000, &failure));
    CHECK(failure.subject == "gone");
    CHECK_FAILS(EINVAL, node->subscribe_many({"t", "x*", std::string("\0", 1)}, true, 1000, &failure));
    CHECK(failure.subject == std::string("\0", 1));
    CHECK(node->subscriptions().empty());
    REQUIRE_OK(node->subscribe_many({"t", "x*", "gone", "t"}, true, 1000, &failure));
    REQUIRE_OK(node->subscribe_many({}, false, 1000, &failure));
    CHECK(node->subscriptions() == std::vector<std::string>{"gone", "t", "x*"});
}

TEST_CASE("a subscription to a missing name becomes active when the topic appears")
{
    const node_ptr server = make_server();
    const node_ptr node = make_client();
    join(*node, *server);
    subscribe(*node, {"later", "mine"});
    REQUIRE_OK(server->topic_create("later"));
    REQUIRE_OK(server->publish("later", "first"));
    CHECK(receive_text(*node) == "later=first");
    REQUIRE_OK(node->topic_create("mine"));
    REQUIRE_OK(node->publish("mine", "own"));
    CHECK(receive_text(*node) == "mine=own");
}

TEST_CASE("subscribing twice is one subscription; unsubscribing once ends it")
{
    const node_ptr node = make_client();
    REQUIRE_OK(node->topic_create("t"));
    REQUIRE_OK(node->subscribe("t"));
    REQUIRE_OK(node->subscribe("t"));
    REQUIRE_OK(node->publish("t", "once"));
    CHECK(receive_text(*node) == "t=once");
    CHECK_FAILS(EAGAIN, node->poll(0));
    REQUIRE_OK(node->unsubscribe("t"));
    CHECK_FAILS(ENOENT, node->unsubscribe("t"));
    CHECK_FAILS(ENOENT, node->unsubscribe("never"));
    CHECK_FAILS(ENOENT, node->unsubscribe(""));
    REQUIRE_OK(node->publish("t", "unheard"));
    CHECK_FAILS(EAGAIN, node->poll(0));
    REQUIRE_OK(node->unsubscribe_all());
}

TEST_CASE("subscribe: ETIMEDOUT with the peer when one that is UP does not confirm; the subscription stays")
{
    // Heartbeats so long that the frozen peer stays UP: hostile_peer_test.cpp has the other half.
    const node_ptr node = make_client();
    REQUIRE_OK(node->topic_create("t"));
    // There is no peer to wait for, so that no time is needed.
    REQUIRE_OK(node->subscribe_many({"t"}, false, 0));
    CHECK(node->subscriptions() == std::vector<std::string>{"t"});
}
