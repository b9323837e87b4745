// Protects: a node or a subscriber may be closed while another thread is in any of its public methods. That
// call ends by itself or with ENOTSOCK, and the next one gets ENOTSOCK.
//
// SPOT_CLOSE_ROUNDS sets the number of rounds.
#include <random>

#include "support.hpp"

#include "spot/pubsub/subscriber.hpp"

using namespace spot;
using namespace spot::test;

namespace
{
int close_rounds()
{
    const char *const text = std::getenv("SPOT_CLOSE_ROUNDS");
    return text ? std::atoi(text) : rounds(20, 4);
}

// A node that is closed in this round, with a peer that stays, a subscriber, and whatever else calls need.
struct subject_t
{
    subject_t(ctx_t *ctx, const spot_pubsub_t &peer) : peer_endpoint(peer.endpoint())
    {
        options_t options = quick();
        options.overflow = overflow_t::drop;
        node = make_client(ctx, options);
        REQUIRE_OK(node->topic_create("own"));
        REQUIRE_OK(node->cluster_add(peer_endpoint));
        REQUIRE_OK(node->cluster_sync(patience_ms));
        REQUIRE_OK(node->subscribe_many({"own", "t"}, true, patience_ms));
        REQUIRE_OK(node->subscriber(subscriber, {"own"}));
        REQUIRE_OK(node->watch(watcher));
    }
    std::string peer_endpoint;
    node_ptr node;
    subscriber_t subscriber;
    watcher_t watcher;
};

struct call_t
{
    const char *name;
    std::function<int(subject_t &)> make; // 0, or -1 and errno
    bool says_closed = true;              // those that return values do not
};

// One of them is not addressed by anybody: a connection that never completes.
const char *const nobody = "tcp://127.0.0.1:1";

std::vector<call_t> node_calls()
{
    return {
        {"bind", [](subject_t &s) { return s.node->bind("tcp://127.0.0.1:0"); }},
        {"bind inproc", [](subject_t &s) { return s.node->bind("inproc://close-pairs"); }},
        {"cluster_add", [](subject_t &s) { return s.node->cluster_add(nobody); }},
        {"cluster_add, waiting", [](subject_t &s) { return s.node->cluster_add(nobody, -1); }},
        {"cluster_remove", [](subject_t &s) { return s.node->cluster_remove(s.peer_endpoint); }},
        {"join",
         [](subject_t &s) {
             return s.node->join({nobody, s.peer_endpoint}, -1);
         }},
        {"cluster_sync", [](subject_t &s) { return s.node->cluster_sync(-1); }},
        {"topic_create", [](subject_t &s) { return s.node->topic_create("new"); }},
        {"topic_destroy", [](subject_t &s) { return s.node->topic_destroy("own"); }},
        {"topic_route", [](subject_t &s) { return s.node->topic_route("routed", s.peer_endpoint); }},
        {"subscribe", [](subject_t &s) { return s.node->subscribe_many({"x"}, true, -1); }},
        {"subscribe_pattern", [](subject_t &s) { return s.node->subscribe_pattern("*"); }},
        {"unsubscribe", [](subject_t &s) { return s.node->unsubscribe("t"); }},
        {"unsubscribe_all", [](subject_t &s) { return s.node->unsubscribe_all(); }},
        {"publish", [](subject_t &s) { return s.node->publish("own", "x"); }},
        {"publish to another's", [](subject_t &s) { return s.node->publish("t", "x"); }},
        {"publish, large", [](subject_t &s) { return s.node->publish("own", std::string(100000, 'x')); }},
        {"publish_many",
         [](subject_t &s) {
             return s.node->publish_many("own", {"a", "b", "c"});
         }},
        {"flush", [](subject_t &s) { return s.node->flush(); }},
        {"recv",
         [](subject_t &s) {
             message_t message;
             return s.node->recv(message);
         }},
        {"recv_many",
         [](subject_t &s) {
             std::vector<message_t> messages;
             return s.node->recv_many(messages, 10);
         }},
        {"poll", [](subject_t &s) { return s.node->poll(); }},
        {"fd", [](subject_t &s) { return s.node->fd() < 0 ? -1 : 0; }},
        {"watch",
         [](subject_t &s) {
             watcher_t watcher;
             event_t event;
             return s.node->watch(watcher) == 0 ? watcher.recv(event) : -1;
         }},
        {"watcher recv",
         [](subject_t &s) {
             event_t event;
             return s.watcher.recv(event);
         }},
        {"watcher fd", [](subject_t &s) { return s.watcher.fd() < 0 ? -1 : 0; }},
        {"subscriber",
         [](subject_t &s) {
             subscriber_t made;
             return s.node->subscriber(made, {"own"});
         }},
        {"close", [](subject_t &s) { return s.node->close(); }, false},
        {"values",
         [](subject_t &s) {
             s.node->endpoint();
             s.node->data_endpoint();
             s.node->node_id();
             s.node->peers();
             s.node->topic_exists("own");
             s.node->topic_is_local("own");
             s.node->list_topics();
             s.node->subscriptions();
             s.node->stats();
             s.node->peer_stats();
             s.node->topic_stats();
             return 0;
         },
         false},
    };
}

std::vector<call_t> subscriber_calls()
{
    return {
        {"subscribe", [](subject_t &s) { return s.subscriber.subscribe_many({"x"}, true, -1); }},
        {"subscribe_pattern", [](subject_t &s) { return s.subscriber.subscribe_pattern("*"); }},
        {"unsubscribe", [](subject_t &s) { return s.subscriber.unsubscribe("own"); }},
        {"unsubscribe_all", [](subject_t &s) { return s.subscriber.unsubscribe_all(); }},
        {"recv",
         [](subject_t &s) {
             message_t message;
             return s.subscriber.recv(message);
         }},
        {"recv_many",
         [](subject_t &s) {
             std::vector<message_t> messages;
             return s.subscriber.recv_many(messages, 10);
         }},
        {"poll", [](subject_t &s) { return s.subscriber.poll(); }},
        {"fd", [](subject_t &s) { return s.subscriber.fd() < 0 ? -1 : 0; }},
        {"close", [](subject_t &s) { return s.subscriber.close(); }, false},
        {"values",
         [](subject_t &s) {
             s.subscriber.subscriptions();
             s.subscriber.stats();
             return 0;
         },
         false},
    };
}

// Objects for the calls, made before.
bool is_expected(int error)
{
    return error == ENOTSOCK || error == EEXIST || error == ENOENT || error == EHOSTUNREACH;
}

// The call goes on in one thread, again and again while the node lets it; `close` comes at any point of it.
void run_pairs(const std::vector<call_t> &calls, const std::function<int(subject_t &)> &close)
{
    ctx_t ctx;
    const node_ptr peer = make_server({"t"}, "tcp://127.0.0.1:0", &ctx);
    std::mt19937 random(20);
    for (const call_t &call : calls) {
        CAPTURE(call.name);
        for (int round = 0; round < close_rounds(); ++round) {
            subject_t subject(&ctx, *peer);
            std::atomic<bool> entered{false}, closed{false}, ended{false};
            std::atomic<int> unexpected{0};
            const worker_t caller([&] {
                bool refused = false;
                while (!refused && !(closed && !call.says_closed)) {
                    entered = true;
                    const int error = call.make(subject) == 0 ? 0 : errno;
                    refused = error == ENOTSOCK;
                    if (error != 0 && !is_expected(error))
                        unexpected = error;
                }
                ended = true;
            });
            REQUIRE(eventually([&] { return entered.load(); }));
            std::this_thread::sleep_for(std::chrono::microseconds(random() % 400));
            REQUIRE_OK(close(subject));
            closed = true;
            REQUIRE(eventually([&] { return ended.load(); }));
            CHECK(error_name(unexpected) == "no error");
        }
    }
}
}

TEST_CASE("a node is closed while any of its methods is under way")
{
    run_pairs(node_calls(), [](subject_t &subject) { return subject.node->close(); });
}

TEST_CASE("a node is closed while any method of its subscriber is under way")
{
    run_pairs(subscriber_calls(), [](subject_t &subject) { return subject.node->close(); });
}

TEST_CASE("a subscriber is closed while any of its methods is under way")
{
    run_pairs(subscriber_calls(), [](subject_t &subject) { return subject.subscriber.close(); });
}
