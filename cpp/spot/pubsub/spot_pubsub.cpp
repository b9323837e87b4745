#include "spot/pubsub/spot_pubsub.hpp"

#include <cerrno>
#include <utility>

#include "spot/base/errors.hpp"
#include "spot/pubsub/batch_publish.hpp"
#include "spot/pubsub/guarded.hpp"
#include "spot/pubsub/message_maker.hpp"
#include "spot/pubsub/node.hpp"
#include "spot/pubsub/seeds.hpp"
#include "spot/pubsub/subscriber.hpp"
#include "spot/pubsub/subscriber_state.hpp"
#include "spot/wire/names.hpp"

namespace spot
{
namespace
{
constexpr int default_subscribe_timeout_ms = 5000;
}

spot_pubsub_t::spot_pubsub_t() : spot_pubsub_t(nullptr) {}

spot_pubsub_t::spot_pubsub_t(ctx_t *ctx, const options_t &options)
{
    const int result = guarded([&] {
        if (ctx && !ctx->state())
            return fail(ENOTSOCK);
        auto node = std::make_shared<node_t>(ctx ? ctx->state() : nullptr, options);
        if (node->open() != 0)
            return -1;
        _node = std::move(node);
        return 0;
    });
    _open_error = result == 0 ? 0 : errno;
}

// Closes the node, because subscribers may keep it alive.
spot_pubsub_t::~spot_pubsub_t()
{
    close();
}

// Begins each call: a node that could not be made fails with the errno of that failure.
#define SPOT_NODE_OR_FAIL                                                                                    \
    if (!_node)                                                                                              \
    return fail(_open_error)

// Begins each receiving call. It checks the node, because a receiver does not know that its process was
// forked.
#define SPOT_OPEN_NODE_OR_FAIL                                                                               \
    SPOT_NODE_OR_FAIL;                                                                                       \
    if (_node->closed())                                                                                     \
    return fail(ENOTSOCK)

int spot_pubsub_t::close()
{
    SPOT_NODE_OR_FAIL;
    return guarded([&] {
        _node->close();
        return 0;
    });
}

int spot_pubsub_t::bind(const std::string &endpoint)
{
    return bind(endpoint, bind_options_t());
}

int spot_pubsub_t::bind(const std::string &endpoint, const bind_options_t &options)
{
    SPOT_NODE_OR_FAIL;
    return guarded([&] { return _node->bind(endpoint, options, nullptr); });
}

std::string spot_pubsub_t::endpoint() const
{
    return _node ? guarded_value<std::string>([&] { return _node->endpoint(); }) : std::string();
}

std::string spot_pubsub_t::data_endpoint() const
{
    return _node ? guarded_value<std::string>([&] { return _node->data_endpoint(); }) : std::string();
}

std::string spot_pubsub_t::node_id() const
{
    return _node ? guarded_value<std::string>([&] { return _node->node_id().hex(); }) : std::string();
}

int spot_pubsub_t::cluster_add(const std::string &endpoint, int timeout_ms)
{
    SPOT_NODE_OR_FAIL;
    return guarded([&] { return _node->cluster_add(endpoint, timeout_ms, nullptr); });
}

int spot_pubsub_t::cluster_remove(const std::string &endpoint)
{
    SPOT_NODE_OR_FAIL;
    return guarded([&] { return _node->cluster_remove(endpoint, nullptr); });
}

int spot_pubsub_t::join(const std::vector<std::string> &seeds, int timeout_ms)
{
    SPOT_NODE_OR_FAIL;
    return guarded(
        [&] { return _node->join(seeds.empty() ? seeds_from_environment() : seeds, timeout_ms, nullptr); });
}

int spot_pubsub_t::cluster_sync(int timeout_ms, std::vector<std::string> *missing)
{
    SPOT_NODE_OR_FAIL;
    return guarded([&] {
        failure_t failure;
        const int result = _node->cluster_sync(timeout_ms, &failure);
        if (missing)
            *missing = std::move(failure.missing);
        return result;
    });
}

std::vector<peer_info_t> spot_pubsub_t::peers() const
{
    using list_t = std::vector<peer_info_t>;
    return _node ? guarded_value<list_t>([&] { return _node->peers(); }) : list_t();
}

int spot_pubsub_t::topic_create(const std::string &topic, bool shared)
{
    SPOT_NODE_OR_FAIL;
    return guarded([&] { return _node->topic_create(topic, shared, nullptr); });
}

int spot_pubsub_t::topic_destroy(const std::string &topic)
{
    SPOT_NODE_OR_FAIL;
    return guarded([&] { return _node->topic_destroy(topic, nullptr); });
}

int spot_pubsub_t::topic_route(const std::string &topic, const std::string &endpoint)
{
    SPOT_NODE_OR_FAIL;
    return guarded([&] { return _node->topic_route(topic, endpoint, nullptr); });
}

bool spot_pubsub_t::topic_exists(const std::string &topic) const
{
    return _node && guarded_value<bool>([&] { return _node->topic_exists(topic); });
}

bool spot_pubsub_t::topic_is_local(const std::string &topic) const
{
    return _node && _node->topic_is_local(topic);
}

std::vector<topic_info_t> spot_pubsub_t::list_topics() const
{
    using list_t = std::vector<topic_info_t>;
    return _node ? guarded_value<list_t>([&] { return _node->list_topics(); }) : list_t();
}

int spot_pubsub_t::watch(watcher_t &watcher)
{
    SPOT_OPEN_NODE_OR_FAIL;
    return guarded([&] {
        watcher._queue = _node->watch();
        return watcher._queue ? 0 : -1;
    });
}

int watcher_t::recv(event_t &event, int timeout_ms)
{
    if (!_queue)
        return fail(ENOTSOCK);
    return guarded([&] { return taken(_queue->take(event, deadline_t(timeout_ms))); });
}

int watcher_t::fd()
{
    return _queue ? _queue->fd() : fail(ENOTSOCK);
}

void watcher_t::close()
{
    if (_queue)
        _queue->close();
}

int spot_pubsub_t::subscribe(const std::string &topic, bool missing_ok)
{
    SPOT_NODE_OR_FAIL;
    if (wire::is_pattern(topic))
        return fail(EINVAL);
    return guarded([&] { return subscribe_many({topic}, missing_ok, default_subscribe_timeout_ms); });
}

int spot_pubsub_t::subscribe_pattern(const std::string &pattern)
{
    SPOT_NODE_OR_FAIL;
    if (!wire::is_pattern(pattern))
        return fail(EINVAL);
    return guarded([&] { return subscribe_many({pattern}, false, default_subscribe_timeout_ms); });
}

int spot_pubsub_t::subscribe_many(const std::vector<std::string> &names, bool missing_ok, int timeout_ms,
                                  failure_t *failure)
{
    SPOT_NODE_OR_FAIL;
    return guarded([&] { return _node->subscribe(names, missing_ok, timeout_ms, failure); });
}

int spot_pubsub_t::unsubscribe(const std::string &name)
{
    SPOT_NODE_OR_FAIL;
    return guarded([&] { return _node->unsubscribe({name}, nullptr); });
}

int spot_pubsub_t::unsubscribe_all()
{
    SPOT_NODE_OR_FAIL;
    return guarded([&] { return _node->unsubscribe({}, nullptr); });
}

std::vector<std::string> spot_pubsub_t::subscriptions() const
{
    using list_t = std::vector<std::string>;
    return _node ? guarded_value<list_t>([&] { return _node->subscriptions(); }) : list_t();
}

int spot_pubsub_t::publish(const std::string &topic, std::string_view data)
{
    SPOT_NODE_OR_FAIL;
    return guarded([&] { return _node->publish(topic, data, nullptr); });
}

int spot_pubsub_t::publish(const std::string &topic, const void *data, std::size_t size)
{
    return publish(topic, std::string_view(static_cast<const char *>(data), size));
}

int spot_pubsub_t::publish_many(const std::string &topic, const std::vector<std::string_view> &items,
                                std::size_t *published)
{
    SPOT_NODE_OR_FAIL;
    return guarded([&] {
        std::size_t done = 0;
        const int result = publish_batches(*_node, topic, items, done);
        if (published)
            *published = done;
        return result;
    });
}

int spot_pubsub_t::flush()
{
    SPOT_NODE_OR_FAIL;
    return guarded([&] { return _node->flush(); });
}

int spot_pubsub_t::recv(message_t &message, int timeout_ms)
{
    SPOT_OPEN_NODE_OR_FAIL;
    return guarded([&] { return message_maker_t::recv(_node->receiver(), message, timeout_ms); });
}

int spot_pubsub_t::recv_many(std::vector<message_t> &messages, std::size_t max, int timeout_ms)
{
    SPOT_OPEN_NODE_OR_FAIL;
    return guarded([&] { return message_maker_t::recv_many(_node->receiver(), messages, max, timeout_ms); });
}

int spot_pubsub_t::poll(int timeout_ms)
{
    SPOT_OPEN_NODE_OR_FAIL;
    return guarded([&] { return taken(_node->receiver().wait(deadline_t(timeout_ms))); });
}

int spot_pubsub_t::fd()
{
    SPOT_OPEN_NODE_OR_FAIL;
    return guarded([&] { return _node->receiver().fd(); });
}

int spot_pubsub_t::subscriber(subscriber_t &subscriber, const std::vector<std::string> &names,
                              const subscriber_options_t &options, failure_t *failure)
{
    SPOT_NODE_OR_FAIL;
    return guarded([&] {
        auto state = std::make_shared<subscriber_t::state_t>(_node);
        if (_node->open_queue({options.recv_hwm, options.recv_hwm_bytes}, state->queue) != 0)
            return -1;
        subscriber_t made(std::move(state)); // closes the queue if the subscription below fails
        if (!names.empty() &&
            made.subscribe_many(names, options.missing_ok, options.timeout_ms, failure) != 0) {
            const int error = errno;
            made.close();
            return fail(error);
        }
        subscriber = std::move(made);
        return 0;
    });
}

stats_t spot_pubsub_t::stats() const
{
    return _node ? guarded_value<stats_t>([&] { return _node->stats(); }) : stats_t();
}

std::vector<peer_stats_t> spot_pubsub_t::peer_stats() const
{
    using list_t = std::vector<peer_stats_t>;
    return _node ? guarded_value<list_t>([&] { return _node->peer_stats(); }) : list_t();
}

std::vector<topic_stats_t> spot_pubsub_t::topic_stats() const
{
    using list_t = std::vector<topic_stats_t>;
    return _node ? guarded_value<list_t>([&] { return _node->topic_stats(); }) : list_t();
}
}
