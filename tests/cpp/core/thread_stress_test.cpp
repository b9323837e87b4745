// Protects: thread safety: eight threads make every public call on one node while its peers come and go.
//
// SPOT_STRESS_SECONDS sets how long it runs.
#include <random>

#include "support.hpp"

using namespace spot;
using namespace spot::test;

namespace
{
int stress_ms()
{
    const char *seconds = std::getenv("SPOT_STRESS_SECONDS");
    return seconds ? 1000 * std::atoi(seconds) : 3000;
}

// The errors that a call may return; any other is a fault.
class verdict_t
{
  public:
    void allow(int result, std::initializer_list<int> errors)
    {
        if (result == 0)
            return;
        const int error = errno;
        for (const int allowed : errors)
            if (error == allowed)
                return;
        unexpected.store(error);
    }
    std::atomic<int> unexpected{0};
};
}

TEST_CASE("eight threads, every public call, peers that restart: no crash, no hang, no wrong error")
{
    const std::vector<std::string> topics{"a", "b", "c", "game:1", "game:2"};
    const node_ptr steady = make_server({"steady", "game:1"});
    node_ptr restarting = make_server({"restarting"});
    const std::string restarting_at = restarting->endpoint();
    const node_ptr node = make_server({"own"});
    join(*node, *steady);
    join(*node, *restarting);
    join(*steady, *node);
    subscribe(*node, {"own", "steady"});

    std::atomic<bool> stop{false};
    verdict_t verdict;
    const auto one_call = [&](std::mt19937 &random) {
        const std::string topic = topics[random() % topics.size()];
        message_t message;
        std::vector<message_t> messages;
        switch (random() % 24) {
        case 0:
            return verdict.allow(node->topic_create(topic), {EEXIST});
        case 1:
            return verdict.allow(node->topic_destroy(topic), {ENOENT});
        case 2:
            return verdict.allow(node->topic_route(topic, steady->endpoint()), {EEXIST});
        case 3:
            return verdict.allow(node->subscribe(topic), {ENOENT, ETIMEDOUT});
        case 4:
            return verdict.allow(node->subscribe_pattern("game:*"), {ETIMEDOUT});
        case 5:
            return verdict.allow(node->subscribe_many({topic, "own"}, true, 100), {ETIMEDOUT});
        case 6:
            return verdict.allow(node->unsubscribe(topic), {ENOENT});
        case 7:
            return verdict.allow(node->cluster_sync(50), {ETIMEDOUT});
        case 8:
            return verdict.allow(node->cluster_add(restarting_at), {EEXIST});
        case 9:
            return verdict.allow(node->cluster_remove(restarting_at), {ENOENT});
        case 10:
            return verdict.allow(node->bind("tcp://127.0.0.1:0"), {EEXIST});
        case 11:
            return verdict.allow(node->recv_many(messages, 16, 1), {EAGAIN});
        case 12:
            return verdict.allow(node->poll(1), {EAGAIN});
        case 13:
            return verdict.allow(node->publish_many(topic, {"x", "y", "z"}), {ENOENT, EHOSTUNREACH, EAGAIN});
        case 14:
            return verdict.allow(node->publish(topic, std::string(70000, 'x')),
                                 {ENOENT, EHOSTUNREACH, EAGAIN});
        case 15:
            static_cast<void>(node->list_topics().size() + node->peers().size() +
                              node->subscriptions().size());
            return;
        case 16:
            static_cast<void>(node->stats().received + node->endpoint().size() +
                              node->data_endpoint().size());
            return;
        case 17:
            return verdict.allow(node->fd() >= 0 ? 0 : -1, {});
        case 18:
            static_cast<void>(node->topic_exists(topic) || node->topic_is_local(topic));
            return;
        case 19:
        case 20:
            return verdict.allow(node->recv(message, 1), {EAGAIN});
        default:
            return verdict.allow(node->publish(random() % 2 ? "own" : "steady", "x"),
                                 {ENOENT, EHOSTUNREACH, EAGAIN});
        }
    };
    std::atomic<std::uint64_t> calls{0};
    {
        std::vector<std::unique_ptr<worker_t>> workers;
        for (unsigned thread = 0; thread < 8; ++thread)
            workers.push_back(std::make_unique<worker_t>([&, thread] {
                std::mt19937 random(thread);
                while (!stop) {
                    one_call(random);
                    ++calls;
                }
            }));
        const stopwatch_t watch;
        while (watch.ms() < stress_ms()) {
            restarting.reset();
            restarting = make_client();
            REQUIRE(eventually([&] { return restarting->bind(restarting_at) == 0; }));
            REQUIRE_OK(restarting->topic_create("restarting"));
            REQUIRE_OK(steady->publish("steady", "x"));
            std::this_thread::sleep_for(std::chrono::milliseconds(100)); // the pace of the restarts
        }
        stop = true;
    }
    CHECK(error_name(verdict.unexpected) == "no error");
    CHECK(calls > 100);

    // And it still does its work.
    REQUIRE_OK(node->unsubscribe_all());
    REQUIRE_OK(node->cluster_sync(patience_ms));
    subscribe(*node, {"steady"});
    REQUIRE_OK(steady->publish("steady", "the end"));
    // Messages that the threads handed to the owner may leave it only now.
    std::string text;
    while ((text = receive_text(*node)) == "steady=x") {
    }
    CHECK(text == "steady=the end");
    CHECK(node->stats().malformed == 0);
}
