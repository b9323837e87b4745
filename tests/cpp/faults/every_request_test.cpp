// Protects: wherever a descriptor or a thread cannot be had, the call fails with the errno of that, nothing
// ends or hangs, and the node works when there are some again.
//
// Every n-th request fails in turn.
#include <optional>

#include "../core/support.hpp"
#include "faults.hpp"

using namespace spot;
using namespace spot::test;

namespace
{
bool is_scarcity(int error)
{
    return error == ENOMEM || error == EMFILE || error == ENFILE || error == EAGAIN;
}

// The results of calls: an error must be one of scarcity, or a consequence of an earlier one.
class results_t
{
  public:
    void note(const char *call, int result)
    {
        if (result == 0)
            return;
        const int error = errno;
        const bool follows =
            any && (error == ENOENT || error == EHOSTUNREACH || error == ETIMEDOUT || error == ENOTSOCK);
        any = true;
        if (!is_scarcity(error) && !follows && wrong.empty())
            wrong = std::string(call) + ": " + error_name(error);
    }
    bool any = false;
    std::string wrong;
};

// The arguments of the calls. They are made before requests fail, so that only requests of the core do.
struct arguments_t
{
    explicit arguments_t(const spot_pubsub_t &peer) : peer_endpoint(peer.endpoint()) {}
    const std::string anywhere = "tcp://127.0.0.1:0", own = "own", payload = std::string(100, 'x');
    const std::string peer_endpoint;
    const std::vector<std::string> both{"own", "t"}, only_own{"own"};
    const std::vector<std::string_view> items{"a", "b"};
    const options_t options = quick(200);
    const subscriber_options_t subscribing;
};

void use_everything(std::optional<spot_pubsub_t> &node, ctx_t *ctx, const arguments_t &with,
                    results_t &results)
{
    node.emplace(ctx, with.options);
    results.note("bind", node->bind(with.anywhere));
    results.note("topic_create", node->topic_create(with.own));
    results.note("cluster_add", node->cluster_add(with.peer_endpoint));
    results.note("cluster_sync", node->cluster_sync(1000));
    results.note("subscribe", node->subscribe_many(with.both, true, 1000));
    watcher_t watcher;
    results.note("watch", node->watch(watcher));
    subscriber_t subscriber;
    results.note("subscriber", node->subscriber(subscriber, with.only_own, with.subscribing));
    results.note("fd", node->fd() < 0 ? -1 : 0);
    for (int i = 0; i < 50; ++i)
        results.note("publish", node->publish(with.own, with.payload));
    results.note("publish_many", node->publish_many(with.own, with.items));
    std::vector<message_t> messages;
    results.note("recv_many", node->recv_many(messages, 10, 200));
    results.note("subscriber's recv_many", subscriber.recv_many(messages, 10, 0));
    results.note("topic_destroy", node->topic_destroy(with.own));
    results.note("subscriber's close", subscriber.close());
    node->stats();
    node->list_topics();
    node->peers();
    node->peer_stats();
    node->topic_stats();
}

int ignoring(int error, int result)
{
    return result == 0 || errno == error ? 0 : -1;
}

void make_it_work(spot_pubsub_t &peer, spot_pubsub_t &node)
{
    if (node.endpoint().empty())
        REQUIRE_OK(node.bind("tcp://127.0.0.1:0"));
    REQUIRE_OK(ignoring(EEXIST, node.topic_create("own")));
    REQUIRE_OK(ignoring(EEXIST, node.cluster_add(peer.endpoint())));
    REQUIRE(eventually([&] { return is_up(node, peer.endpoint()); }));
    subscribe(node, {"own", "t", "afterwards"});
    REQUIRE_OK(node.publish("own", "to itself"));
    REQUIRE_OK(peer.publish("t", "from the peer"));
    bool own = false, peers = false;
    while (!own || !peers) {
        const got_t got = receive(node);
        REQUIRE(!got.topic.empty());
        own = own || got.data == "to itself";
        peers = peers || got.data == "from the peer";
    }
    REQUIRE_OK(node.close());
}

void fail_each(fault_t kind)
{
    ctx_t shared;
    const node_ptr peer = make_server({"t"}, "tcp://127.0.0.1:0", &shared, quick(200));
    std::int64_t nth = 1;
    for (bool failed = true; failed; ++nth) {
        CAPTURE(nth);
        std::optional<spot_pubsub_t> node;
        results_t results;
        const arguments_t with(*peer);
        {
            failing_t failing(kind, nth);
            use_everything(node, nullptr, with, results);
            failed = failing.failed();
        }
        CHECK(results.wrong == "");
        if (!failed)
            CHECK_FALSE(results.any);
        if (node->node_id().empty()) // it could not be made, and every call said so
            continue;
        make_it_work(*peer, *node);
    }
    CHECK(nth > 2); // some failed
}

}

TEST_CASE("each thread that is asked for fails")
{
    fail_each(fault_t::thread);
}

TEST_CASE("each descriptor that is asked for fails")
{
    fail_each(fault_t::descriptor);
}
