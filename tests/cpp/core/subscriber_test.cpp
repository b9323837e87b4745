// Protects subscribers: receive queues of one node with subscriptions of their own, which neither delay nor
// lose for each other, and follow the cluster as the node's own queue does.
#include <dirent.h>
#include <unistd.h>

#include "raw.hpp"
#include "support.hpp"

using namespace spot;
using namespace spot::test;

namespace
{
subscriber_t subscriber_of(spot_pubsub_t &node, const std::vector<std::string> &names, int recv_hwm = -1)
{
    subscriber_t subscriber;
    subscriber_options_t options;
    options.missing_ok = true;
    options.recv_hwm = recv_hwm;
    options.timeout_ms = patience_ms;
    REQUIRE_OK(node.subscriber(subscriber, names, options));
    return subscriber;
}

// "topic=data", or the errno.
template <typename Queue> std::string next(Queue &queue, int timeout_ms = patience_ms)
{
    message_t message;
    errno = 0;
    if (queue.recv(message, timeout_ms) != 0)
        return error_name(errno);
    return std::string(message.topic()) + "=" + std::string(message.data());
}

std::string endpoint_for(const std::string &transport)
{
    static int number = 0;
    const std::string name = "sub-" + std::to_string(getpid()) + "-" + std::to_string(++number);
    if (transport == "ipc")
        return "ipc:///tmp/" + name;
    return transport == "inproc" ? "inproc://" + name : "tcp://127.0.0.1:0";
}

int open_descriptors()
{
    DIR *const folder = opendir("/proc/self/fd");
    int count = 0;
    while (folder && readdir(folder))
        ++count;
    if (folder)
        closedir(folder);
    return count;
}
}

TEST_CASE("queues of one node have subscriptions of their own")
{
    const node_ptr server = make_server({"a", "b"});
    const node_ptr node = make_client();
    join(*node, *server);
    subscribe(*node, {"a"});
    subscriber_t one = subscriber_of(*node, {"a", "b"});
    subscriber_t two = subscriber_of(*node, {"b*"});
    CHECK(node->subscriptions() == std::vector<std::string>{"a"});
    CHECK(one.subscriptions() == std::vector<std::string>{"a", "b"});
    CHECK(two.subscriptions() == std::vector<std::string>{"b*"});

    REQUIRE_OK(server->publish("a", "1"));
    REQUIRE_OK(server->publish("b", "2"));
    CHECK(next(*node) == "a=1");
    CHECK(next(one) == "a=1");
    CHECK(next(one) == "b=2");
    CHECK(next(two) == "b=2");

    REQUIRE_OK(one.unsubscribe("a"));
    CHECK_FAILS(ENOENT, one.unsubscribe("a"));
    REQUIRE_OK(server->publish("a", "3"));
    REQUIRE_OK(server->publish("b", "4"));
    CHECK(next(one) == "b=4");
    CHECK(next(*node) == "a=3");
    CHECK(next(two) == "b=4");
    CHECK(one.stats().received == 3);
    CHECK(one.stats().bytes_received == 3);
    CHECK(node->stats().received == 7); // of all queues
    REQUIRE_OK(two.close());
    CHECK(node->stats().received == 7); // also of those that are closed
}

TEST_CASE("a subscriber hears its own node")
{
    const node_ptr node = make_server({"mine"});
    subscriber_t one = subscriber_of(*node, {"mine"});
    subscriber_t two = subscriber_of(*node, {"mine"});
    REQUIRE_OK(node->publish("mine", "1"));
    CHECK(next(one) == "mine=1");
    CHECK(next(two) == "mine=1");
    CHECK_FAILS(EAGAIN, node->poll(0));
}

TEST_CASE("what a plain peer relays goes to every queue that wants it, and is asked for while one does")
{
    raw_ctx_t ctx;
    raw_socket_t router(ctx, ZMQ_ROUTER);
    const node_ptr node = make_client();
    REQUIRE_OK(node->cluster_add(router.bind()));
    const auto take = [&](wire::command_t code) { return router.recv_command(code, 1); };
    const std::string id = take(wire::command_t::query)[0];
    router.send({id, "\x05", std::string("\x01\0\0\0", 4), "t"});
    REQUIRE(eventually([&] { return node->topic_exists("t"); }));

    subscriber_t one = subscriber_of(*node, {"t"});
    CHECK(take(wire::command_t::subscribe) == frames_t{id, "\x02", "t"});
    subscriber_t two = subscriber_of(*node, {"*"});
    router.send({id, "\x01", "t", "1"});
    CHECK(next(one) == "t=1");
    CHECK(next(two) == "t=1");
    REQUIRE_OK(one.close());
    router.send({id, "\x01", "t", "2"});
    CHECK(next(two) == "t=2");
    REQUIRE_OK(two.close());
    CHECK(take(wire::command_t::unsubscribe) == frames_t{id, "\x03", "t"});
    CHECK_FAILS(EAGAIN, node->poll(0));
}

TEST_CASE("what is wrong with the arguments, and what a failed call leaves behind")
{
    const node_ptr node = make_client();
    subscriber_t subscriber;
    failure_t failure;
    CHECK_FAILS(ENOENT, node->subscriber(subscriber, {"nobody's"}, {}, &failure));
    CHECK(failure.subject == "nobody's");
    CHECK_FAILS(EINVAL, node->subscriber(subscriber, {""}));
    CHECK_FAILS(ENOTSOCK, subscriber.poll(0));
    REQUIRE_OK(node->subscriber(subscriber));
    CHECK_FAILS(ENOENT, subscriber.subscribe("nobody's"));
    CHECK_FAILS(EINVAL, subscriber.subscribe("a*"));
    CHECK_FAILS(EINVAL, subscriber.subscribe_pattern("a"));
    CHECK_FAILS(EAGAIN, subscriber.poll(0));
    CHECK(next(subscriber, 0) == "EAGAIN");
    CHECK(subscriber.subscriptions().empty());
}

TEST_CASE("the first message after it was made arrives")
{
    for (const std::string transport : {"tcp", "ipc", "inproc"}) {
        CAPTURE(transport);
        ctx_t ctx;
        const node_ptr server = make_server({"t"}, endpoint_for(transport), &ctx);
        const node_ptr node = make_client(&ctx);
        join(*node, *server);
        for (int round = 0; round < rounds(100, 20); ++round) {
            subscriber_t subscriber = subscriber_of(*node, {"t"});
            REQUIRE_OK(server->publish("t", std::to_string(round)));
            REQUIRE(next(subscriber) == "t=" + std::to_string(round));
        }
        CHECK(is_up(*node, server->endpoint())); // all the while
    }
}

TEST_CASE("a subscriber that never reads neither delays nor loses for another")
{
    options_t options = quick();
    options.send_hwm = 200; // more than what the fast one lets wait
    const node_ptr server = make_server({"t"}, "tcp://127.0.0.1:0", nullptr, options);
    const node_ptr node = make_client();
    join(*node, *server);
    subscriber_t slow = subscriber_of(*node, {"t"}, 1);
    subscriber_t fast = subscriber_of(*node, {"t"});
    const std::string data(20000, 'x');
    const int count = rounds(5000, 1000);
    message_t message;
    for (int i = 1; i <= count; ++i) {
        REQUIRE_OK(server->publish("t", data));
        if (i % 100 != 0)
            continue;
        for (int taken = 0; taken < 100; ++taken) {
            REQUIRE_OK(fast.recv(message, patience_ms));
            REQUIRE(message.lost() == 0);
        }
        REQUIRE(message.seq() == static_cast<std::uint64_t>(i));
    }
    CHECK(fast.stats().lost == 0);
    // The law holds for each of them: what it did not get, it knows of.
    CHECK(eventually([&] {
        while (slow.recv(message, 0) == 0) {
        }
        const subscriber_stats_t stats = slow.stats();
        return stats.received + stats.lost == static_cast<std::uint64_t>(count);
    }));
    CHECK(slow.stats().lost > 0);
    CHECK(node->stats().lost == slow.stats().lost);
    CHECK(eventually([&] { return server->stats().overflowed == slow.stats().lost; }));
}

TEST_CASE("peers that come later, go, and come back serve every subscriber")
{
    const node_ptr node = make_client();
    subscriber_t one = subscriber_of(*node, {"t"});
    subscriber_t two = subscriber_of(*node, {"t", "u"});
    std::string endpoint;
    std::string data_endpoint;
    for (int round = 0; round < 3; ++round) {
        CAPTURE(round);
        const node_ptr server = make_client();
        bind_options_t bound;
        bound.data_endpoint = data_endpoint;
        REQUIRE_OK(server->bind(endpoint.empty() ? "tcp://127.0.0.1:0" : endpoint, bound));
        REQUIRE_OK(server->topic_create("t"));
        if (endpoint.empty()) {
            endpoint = server->endpoint();
            data_endpoint = server->data_endpoint();
            REQUIRE_OK(node->cluster_add(endpoint));
        }
        const std::string id = server->node_id();
        REQUIRE(eventually([&] {
            const std::vector<peer_info_t> peers = node->peers();
            return peers[0].node_id == id && peers[0].state == peer_state_t::up;
        }));
        REQUIRE_OK(server->publish("t", std::to_string(round)));
        CHECK(next(one) == "t=" + std::to_string(round));
        CHECK(next(two) == "t=" + std::to_string(round));
        subscriber_t late = subscriber_of(*node, {"t"});
        REQUIRE_OK(server->publish("t", "late"));
        CHECK(next(late) == "t=late");
        CHECK(next(one) == "t=late");
        CHECK(next(two) == "t=late");
    }
    CHECK(one.stats().lost == 0);
}

TEST_CASE("what waits at a subscriber outlives its publisher, and goes with a removed one")
{
    const node_ptr node = make_client();
    node_ptr server = make_server({"t"});
    join(*node, *server);
    subscriber_t one = subscriber_of(*node, {"t"});
    for (int i = 0; i < 100; ++i)
        REQUIRE_OK(server->publish("t", std::to_string(i)));
    REQUIRE_OK(server->close());
    for (int i = 0; i < 100; ++i)
        REQUIRE(next(one) == "t=" + std::to_string(i));

    const node_ptr other = make_server({"t"});
    REQUIRE_OK(node->cluster_add(other->endpoint()));
    REQUIRE(eventually([&] { return is_up(*node, other->endpoint()); }));
    subscriber_t two = subscriber_of(*node, {"t"});
    REQUIRE_OK(other->publish("t", "removed"));
    REQUIRE_OK(two.poll(patience_ms));
    REQUIRE_OK(one.poll(patience_ms));
    REQUIRE_OK(node->cluster_remove(other->endpoint()));
    CHECK(next(one, 0) == "EAGAIN");
    CHECK(next(two, 0) == "EAGAIN");
}

TEST_CASE("closing ends the calls that wait, and the subscriptions everywhere")
{
    options_t options = quick();
    options.overflow = overflow_t::block;
    options.send_hwm = 1;
    options.send_timeout_ms = 100;
    const node_ptr server = make_server({"t"}, "tcp://127.0.0.1:0", nullptr, options);
    const node_ptr node = make_client();
    join(*node, *server);
    subscriber_t subscriber = subscriber_of(*node, {"t"}, 1);
    std::atomic<int> closed{0};
    {
        subscriber_t idle = subscriber_of(*node, {});
        const auto wait = [&] {
            message_t message;
            if (idle.recv(message) != 0 && errno == ENOTSOCK)
                ++closed;
        };
        const worker_t one(wait), two(wait);
        REQUIRE_OK(idle.close());
        REQUIRE_OK(idle.close());
        CHECK_FAILS(ENOTSOCK, idle.subscribe("t"));
        CHECK_FAILS(ENOTSOCK, idle.fd());
    }
    CHECK(closed == 2);
    // While it is there and does not read, the publisher has no room; once it is gone, there is nobody.
    const std::string data(1000000, 'x');
    CHECK_FAILS(EAGAIN, [&] {
        for (int i = 0; i < 200; ++i)
            if (server->publish("t", data) != 0)
                return -1;
        return 0;
    }());
    REQUIRE_OK(subscriber.close());
    REQUIRE(eventually([&] { return server->publish("t", data) == 0; }));
    for (int i = 0; i < 200; ++i)
        REQUIRE_OK(server->publish("t", data));
}

TEST_CASE("closing the node closes its subscribers, which may outlive it")
{
    node_ptr node = make_server({"t"});
    subscriber_t subscriber = subscriber_of(*node, {"t"});
    std::atomic<bool> closed{false};
    {
        const worker_t waiting([&] {
            message_t message;
            closed = subscriber.recv(message) != 0 && errno == ENOTSOCK;
        });
        node.reset();
    }
    CHECK(closed);
    CHECK_FAILS(ENOTSOCK, subscriber.subscribe("t"));
    CHECK(subscriber.subscriptions().empty());
    REQUIRE_OK(subscriber.close());
}

TEST_CASE("a subscribe that waits for a peer ends when its subscriber is closed")
{
    raw_ctx_t ctx;
    fake_peer_t peer(ctx);
    const node_ptr node = make_client();
    REQUIRE_OK(node->cluster_add(peer.endpoint));
    REQUIRE(peer.serve_until([&] { return is_up(*node, peer.endpoint); }));
    peer.answer_fences = false;
    subscriber_t subscriber;
    REQUIRE_OK(node->subscriber(subscriber));
    int error = 0;
    std::atomic<bool> ended{false};
    {
        const worker_t subscribing([&] {
            if (subscriber.subscribe_many({"t"}, true, -1) != 0)
                error = errno;
            ended = true;
        });
        // The peer is UP all the while, and hears of the subscription.
        REQUIRE(peer.serve_until([&] { return subscriber.subscriptions().size() == 1; }));
        CHECK_FALSE(ended);
        REQUIRE_OK(subscriber.close());
        CHECK(peer.serve_until([&] { return ended.load(); }));
    }
    CHECK(error == ENOTSOCK);
    CHECK(is_up(*node, peer.endpoint));
}

TEST_CASE("a peer is UP when every queue's token was answered; a late one does not make it less")
{
    raw_ctx_t ctx;
    fake_peer_t peer(ctx);
    peer.answer_fences = false;
    const node_ptr node = make_client();
    subscriber_t early = subscriber_of(*node, {"t"});
    REQUIRE_OK(node->cluster_add(peer.endpoint));
    // Two data connections, with a token each; neither is answered.
    REQUIRE(peer.serve_until([&] { return peer.tokens().size() >= 2; }));
    CHECK(peer.tokens()[0].counter != peer.tokens()[1].counter);
    CHECK_FALSE(is_up(*node, peer.endpoint));
    peer.reply(wire::encode_fence(peer.tokens()[0]));
    peer.reply(wire::encode_query_resp({}));
    peer.serve();
    CHECK_FALSE(is_up(*node, peer.endpoint));
    peer.answer_fences = true;
    REQUIRE(peer.serve_until([&] { return is_up(*node, peer.endpoint); }));

    peer.answer_fences = false;
    subscriber_t late;
    REQUIRE_OK(node->subscriber(late));
    REQUIRE(peer.serve_until([&] { return !peer.tokens().empty(); }));
    CHECK(is_up(*node, peer.endpoint));
    subscriber_options_t hasty;
    hasty.missing_ok = true;
    hasty.timeout_ms = 50;
    failure_t failure;
    subscriber_t none;
    CHECK_FAILS(ETIMEDOUT, node->subscriber(none, {"t"}, hasty, &failure));
    CHECK(failure.missing == std::vector<std::string>{peer.endpoint});
    CHECK_FAILS(ENOTSOCK, none.poll(0));
}

TEST_CASE("many subscribers, made and closed, leave no descriptors")
{
    const node_ptr server = make_server({"t"});
    const node_ptr node = make_client();
    join(*node, *server);
    const auto cycle = [&](int count) {
        for (int i = 0; i < count; ++i) {
            subscriber_t subscriber = subscriber_of(*node, {"t"});
            REQUIRE(subscriber.fd() >= 0);
            REQUIRE_OK(server->publish("t", "x"));
            if (i % 2 == 0)
                REQUIRE(next(subscriber) == "t=x");
        }
    };
    cycle(5);
    REQUIRE(eventually([&] {
        const int before = open_descriptors();
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        return open_descriptors() == before;
    }));
    const int before = open_descriptors();
    cycle(rounds(200, 30));
    CHECK(eventually([&] { return open_descriptors() <= before; }));
}

TEST_CASE("subscribers come and go while messages flow")
{
    const node_ptr server = make_server({"t"});
    const node_ptr node = make_client();
    join(*node, *server);
    subscriber_t steady = subscriber_of(*node, {"t"});
    std::atomic<bool> stop{false};
    std::uint64_t sent = 0;
    {
        const worker_t publishing([&] {
            while (!stop) {
                if (server->publish("t", "x") == 0)
                    ++sent;
                std::this_thread::sleep_for(std::chrono::microseconds(100));
            }
        });
        std::vector<std::unique_ptr<worker_t>> workers;
        for (int i = 0; i < 3; ++i)
            workers.push_back(std::make_unique<worker_t>([&] {
                for (int round = 0; round < rounds(40, 8); ++round) {
                    subscriber_t one;
                    message_t message;
                    std::uint64_t last = 0;
                    if (node->subscriber(one, {"t"}) != 0) {
                        FAIL_CHECK(error_name(errno));
                        return;
                    }
                    for (int taken = 0; taken < 5; ++taken) {
                        CHECK(one.recv(message, patience_ms) == 0);
                        CHECK((last == 0 || message.seq() == last + 1));
                        last = message.seq();
                    }
                }
            }));
        workers.clear();
        stop = true;
    }
    message_t message;
    for (std::uint64_t i = 1; i <= sent; ++i) {
        REQUIRE_OK(steady.recv(message, patience_ms));
        REQUIRE(message.seq() == i);
        REQUIRE(message.lost() == 0);
    }
}
