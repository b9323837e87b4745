// Protects: receiving in several threads loses no wake-up and gives no message twice, also while
// subscriptions and connections change.
#include <set>

#include "support.hpp"

using namespace spot;
using namespace spot::test;

TEST_CASE("two receivers wait, two messages come: neither sleeps beside a queued message")
{
    const node_ptr server = make_server({"t"});
    const node_ptr node = make_client();
    join(*node, *server);
    subscribe(*node, {"t"});
    std::atomic<int> taken{0}, late{0};
    std::atomic<bool> stop{false};
    const auto receive_all = [&] {
        message_t message;
        while (!stop) {
            if (node->recv(message, 10000) == 0)
                ++taken;
            else if (errno == EAGAIN)
                ++late; // it slept to the end of its time: the rounds below never last that long
        }
    };
    {
        const worker_t one(receive_all), two(receive_all);
        int expected = 0;
        for (int round = 0; round < rounds(3000, 300); ++round) {
            // One frame, two frames, or a batch: each wakes in its own way.
            if (round % 3 == 0) {
                REQUIRE_OK(server->publish_many("t", {"1", "2"}));
            } else {
                REQUIRE_OK(server->publish("t", "1"));
                REQUIRE_OK(server->publish("t", "2"));
            }
            expected += 2;
            REQUIRE(eventually([&] { return taken == expected; }, 5000));
        }
        stop = true;
        REQUIRE_OK(server->publish_many("t", {"end", "end"}));
    }
    CHECK(late == 0);
}

TEST_CASE("four receivers share a stream: every message once")
{
    const int count = rounds(40000, 4000);
    options_t options = quick();
    options.overflow = overflow_t::block;
    const node_ptr server = make_server({"t"}, "tcp://127.0.0.1:0", nullptr, options);
    const node_ptr node = make_client();
    join(*node, *server);
    subscribe(*node, {"t"});
    std::atomic<int> taken{0};
    std::vector<std::set<std::uint64_t>> seen(4);
    {
        std::vector<std::unique_ptr<worker_t>> workers;
        for (std::size_t i = 0; i < 4; ++i)
            workers.push_back(std::make_unique<worker_t>([&, i] {
                message_t message;
                std::vector<message_t> many;
                while (taken < count) {
                    if (i % 2 == 0) {
                        if (node->recv(message, 100) != 0)
                            continue;
                        seen[i].insert(message.seq());
                        ++taken;
                    } else {
                        many.clear();
                        if (node->recv_many(many, 16, 100) != 0)
                            continue;
                        for (const message_t &one : many)
                            seen[i].insert(one.seq());
                        taken += static_cast<int>(many.size());
                    }
                }
            }));
        for (int i = 0; i < count; ++i)
            REQUIRE_OK(server->publish("t", "x"));
    }
    std::set<std::uint64_t> all;
    std::size_t sum = 0;
    for (const std::set<std::uint64_t> &part : seen) {
        all.insert(part.begin(), part.end());
        sum += part.size();
    }
    CHECK(all.size() == static_cast<std::size_t>(count));
    CHECK(sum == all.size());
    CHECK(node->stats().lost == 0);
}

TEST_CASE("a receiver that waits gets the messages of what another thread subscribes and connects to")
{
    const node_ptr node = make_client();
    std::atomic<int> taken{0};
    std::atomic<bool> stop{false};
    const worker_t reader([&] {
        message_t message;
        while (!stop)
            taken += node->recv(message, 10000) == 0;
    });
    int expected = 0;
    for (int round = 0; round < rounds(30, 8); ++round) {
        const std::string topic = "t" + std::to_string(round);
        const node_ptr server = make_server({topic});
        join(*node, *server);
        REQUIRE_OK(node->subscribe(topic));
        REQUIRE_OK(server->publish(topic, "x"));
        REQUIRE(eventually([&] { return taken == expected + 1; }, 5000));
        REQUIRE_OK(node->unsubscribe(topic));
        REQUIRE_OK(server->publish(topic, "unheard"));
        REQUIRE_OK(node->topic_create("own" + topic));
        REQUIRE_OK(node->subscribe("own" + topic));
        REQUIRE_OK(node->publish("own" + topic, "x"));
        REQUIRE(eventually([&] { return taken == expected + 2; }, 5000));
        expected += 2;
        REQUIRE_OK(node->cluster_remove(server->endpoint()));
    }
    stop = true;
    node->close();
    CHECK(taken == expected);
}

TEST_CASE("poll in one thread and recv in others: poll never takes, and wakes in time")
{
    const node_ptr node = make_client();
    REQUIRE_OK(node->topic_create("t"));
    subscribe(*node, {"t"});
    for (int round = 0; round < rounds(500, 50); ++round) {
        std::atomic<int> result{1};
        const worker_t waiter([&] { result = node->poll(patience_ms); });
        REQUIRE_OK(node->publish("t", "x"));
        REQUIRE(eventually([&] { return result == 0; }, 5000));
        REQUIRE(receive_text(*node, 0) == "t=x");
    }
}
