#include "spot/pubsub/node.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "spot/base/errors.hpp"
#include "spot/base/no_memory.hpp"
#include "spot/cluster/service.hpp"
#include "spot/transport/thread.hpp"
#include "spot/wire/names.hpp"

namespace spot
{
namespace
{
constexpr std::size_t max_name_bytes = 255;

int fail_with(int error, failure_t *failure, const std::string &subject)
{
    if (failure)
        failure->subject = subject;
    return fail(error);
}

// Repeats `work` while there is no memory for it, until the time is over.
template <typename Work> void persist(millis_t timeout_ms, Work work)
{
    constexpr std::int64_t pause_ns = 1000000;
    const deadline_t deadline(timeout_ms);
    while (!attempt(work) && !deadline.passed())
        sleep_exactly(pause_ns);
}
}

node_t::node_t(std::shared_ptr<ctx_state_t> ctx, options_t options)
    : _options(std::move(options)), _node_id(wire::node_id_t::random()), _ctx(std::move(ctx)),
      _state(_node_id), _publisher(std::make_shared<publisher_t>())
{
}

node_t::~node_t()
{
    if (!_fork.forked()) {
        close();
        return;
    }
    // In a forked child: the service's thread is the parent's, so that the service is leaked. Sockets and
    // contexts check for a fork themselves.
    static_cast<void>(_service.release());
}

int node_t::open()
{
    if (_options.name.size() > max_name_bytes || _options.cluster.size() > max_name_bytes ||
        _options.coalesce_us < 0 || _options.heartbeat_ms <= 0 || _options.send_hwm < 0 ||
        _options.recv_hwm < 0)
        return fail(EINVAL);
    if (!_ctx) {
        _ctx = ctx_state_t::create(1);
        _private_ctx = true;
        if (!_ctx)
            return -1;
    }
    if (_options.coalesce_us > 0)
        _flusher = std::make_shared<flusher_t>(_options.coalesce_us);
    const std::string own = own_endpoint();
    publisher_options_t publishing;
    publishing.send_hwm = _options.send_hwm;
    publishing.send_hwm_bytes = _options.send_hwm_bytes;
    publishing.linger_ms = _options.linger_ms;
    publishing.stall_timeout_ms = _options.stall_timeout_ms;
    publishing.block = _options.overflow == overflow_t::block;
    publishing.flusher = _flusher;
    _service = std::make_unique<service_t>(_ctx, _options, _node_id, own, _state, *_publisher,
                                           _queues.default_queue().receiver, _oversized);
    if (_publisher->open(_ctx, publishing, own, _node_id) != 0 ||
        open_receiver(_queues.default_queue(), {}) != 0 || _service->start() != 0) {
        const int error = errno;
        close();
        return fail(error);
    }
    return 0;
}

std::string node_t::own_endpoint() const
{
    return "inproc://spot-" + _node_id.hex();
}

int node_t::open_receiver(const receive_queue_t &queue, const queue_limits_t &limits)
{
    receiver_options_t receiving;
    receiving.id = queue.id;
    receiving.flusher = _flusher;
    receiving.recv_hwm = limits.frames < 0 ? _options.recv_hwm : limits.frames;
    receiving.recv_hwm_bytes =
        limits.bytes < 0 ? _options.recv_hwm_bytes : static_cast<std::uint64_t>(limits.bytes);
    receiving.max_message_bytes = _options.max_message_bytes;
    receiving.oversized = _oversized;
    return queue.receiver->open(_ctx, receiving, own_endpoint(), _node_id);
}

// The order matters: published messages leave before peers get BYE and before the sockets close, and a
// waiting call is ended before the object that it waits on is closed.
void node_t::close()
{
    if (_fork.forked()) {
        _closed = true;
        return;
    }
    _closed = true;
    const lock_t lock(_close_mutex);
    if (_close_done)
        return;
    _close_done = true;
    close_everything();
}

void node_t::close_everything()
{
    _state.watchers.close();
    // At most a quarter of the linger each, so that most of it is left for the frames that they send.
    const millis_t part = std::max(0, _options.linger_ms / 4);
    if (_flusher)
        _flusher->close(deadline_t(part));
    persist(part, [&] { _publisher->send_last_marks(deadline_t(part)); });
    persist(part, [&] {
        for (const std::shared_ptr<way_t> &way : _state.peers.ways())
            way->settle(true);
    });
    if (_service)
        _service->stop();
    _queues.close_all();
    _publisher->close();
    if (_private_ctx && _ctx)
        _ctx->terminate();
}

int node_t::usable() const
{
    return closed() ? fail(ENOTSOCK) : 0;
}

// --- cluster -------------------------------------------------------------------------------------------

int node_t::bind(const std::string &endpoint, const bind_options_t &options, failure_t *failure)
{
    if (usable() != 0)
        return fail_with(ENOTSOCK, failure, endpoint);
    return _service->bind(endpoint, options, failure);
}

int node_t::cluster_add(const std::string &endpoint, millis_t timeout_ms, failure_t *failure)
{
    if (failure)
        failure->subject = endpoint;
    return usable() == 0 ? _service->add_peer(endpoint, timeout_ms, failure) : -1;
}

int node_t::cluster_remove(const std::string &endpoint, failure_t *failure)
{
    if (failure)
        failure->subject = endpoint;
    return usable() == 0 ? _service->remove_peer(endpoint) : -1;
}

int node_t::join(const std::vector<std::string> &seeds, millis_t timeout_ms, failure_t *failure)
{
    if (usable() != 0)
        return -1;
    return seeds.empty() ? fail(EINVAL) : _service->join(seeds, timeout_ms, failure);
}

int node_t::cluster_sync(millis_t timeout_ms, failure_t *failure)
{
    if (usable() != 0)
        return -1;
    return _service->sync(timeout_ms, failure);
}

std::vector<peer_info_t> node_t::peers() const
{
    return _state.peers.list();
}

std::string node_t::endpoint() const
{
    return _state.endpoints().control;
}

std::string node_t::data_endpoint() const
{
    return _state.endpoints().data;
}

// --- topics --------------------------------------------------------------------------------------------

int node_t::topic_create(const std::string &topic, bool shared, failure_t *failure)
{
    if (usable() != 0 || !wire::valid_topic(topic))
        return fail_with(closed() ? ENOTSOCK : EINVAL, failure, topic);
    const lock_t lock(_topics_mutex);
    if (_state.local.has(topic))
        return fail_with(EEXIST, failure, topic);
    // The outlet comes first, so that a call which sees the topic can publish to it.
    _publisher->add_topic(topic);
    bool log_began = false;
    if (!attempt([&] { _state.local.add(topic, shared, log_began); })) {
        attempt([&] { _publisher->remove_topic(topic); });
        return fail_with(ENOMEM, failure, topic);
    }
    if (log_began)
        _service->wake();
    return 0;
}

int node_t::topic_destroy(const std::string &topic, failure_t *failure)
{
    if (usable() != 0)
        return fail_with(ENOTSOCK, failure, topic);
    const lock_t lock(_topics_mutex);
    bool log_began = false;
    if (!_state.local.remove(topic, log_began))
        return fail_with(ENOENT, failure, topic);
    // If there is no memory to remember the topic's numbers, a topic of that name will begin with new ones.
    if (!attempt([&] { _publisher->remove_topic(topic); }))
        _publisher->forget_topic(topic);
    if (log_began)
        _service->wake();
    return 0;
}

int node_t::topic_route(const std::string &topic, const std::string &endpoint, failure_t *failure)
{
    if (usable() != 0 || !wire::valid_topic(topic))
        return fail_with(closed() ? ENOTSOCK : EINVAL, failure, topic);
    if (_service->route(topic, endpoint) == 0)
        return 0;
    return fail_with(errno, failure, errno == EEXIST ? topic : endpoint);
}

bool node_t::topic_exists(const std::string &topic) const
{
    return _state.directory.exists(topic);
}

bool node_t::topic_is_local(const std::string &topic) const
{
    return _state.local.has(topic);
}

std::vector<topic_info_t> node_t::list_topics() const
{
    return _state.directory.list();
}

std::size_t node_t::count_subscribers(const std::string &topic) const
{
    return _state.subscribers.count(topic);
}

std::vector<std::string> node_t::served() const
{
    return _state.subscribers.served();
}

std::shared_ptr<event_queue_t> node_t::watch()
{
    return usable() == 0 ? _state.watchers.watch() : nullptr;
}

// --- subscriptions -------------------------------------------------------------------------------------

int node_t::subscribe(const std::vector<std::string> &names, bool missing_ok, millis_t timeout_ms,
                      failure_t *failure)
{
    return subscribe(_queues.default_queue(), names, missing_ok, timeout_ms, failure);
}

int node_t::subscribe(const receive_queue_t &queue, const std::vector<std::string> &names, bool missing_ok,
                      millis_t timeout_ms, failure_t *failure)
{
    if (usable() != 0)
        return -1;
    for (const std::string &name : names) {
        const bool pattern = wire::is_pattern(name);
        if (pattern ? !wire::valid_pattern(name) : !wire::valid_topic(name))
            return fail_with(EINVAL, failure, name);
    }
    for (const std::string &name : names)
        if (!missing_ok && !wire::is_pattern(name) && !_state.directory.exists(name))
            return fail_with(ENOENT, failure, name);
    if (_flusher)
        _flusher->flush_now(); // messages published before this call go to those who subscribed before it
    const std::vector<std::string> added = queue.receiver->subscribe(names);
    return _service->fence(queue.id, added, timeout_ms, failure);
}

int node_t::unsubscribe(const std::vector<std::string> &names, failure_t *failure)
{
    return unsubscribe(_queues.default_queue(), names, failure);
}

int node_t::unsubscribe(const receive_queue_t &queue, const std::vector<std::string> &names,
                        failure_t *failure)
{
    if (usable() != 0)
        return -1;
    if (names.empty())
        queue.receiver->unsubscribe_all();
    else if (queue.receiver->unsubscribe(names, failure ? &failure->subject : nullptr) != 0)
        return -1;
    _service->unsubscribed(queue.id);
    return 0;
}

std::vector<std::string> node_t::subscriptions() const
{
    return _queues.default_queue().receiver->subscriptions();
}

// --- further receive queues ----------------------------------------------------------------------------

int node_t::open_queue(const queue_limits_t &limits, receive_queue_t &queue)
{
    if (usable() != 0)
        return -1;
    // The queue is listed before its receiver opens, so that close() closes every socket: a private context
    // waits for them.
    receive_queue_t made = _queues.make();
    if (!made.receiver)
        return -1;
    int result = -1;
    if (!attempt([&] {
            result = open_receiver(made, limits);
            if (result == 0)
                result = _service->add_receiver(made.id, made.receiver);
        }))
        result = fail(ENOMEM);
    if (result != 0) {
        const int error = errno;
        close_queue(made);
        return fail(error);
    }
    queue = std::move(made);
    return 0;
}

void node_t::close_queue(const receive_queue_t &queue)
{
    if (_fork.forked()) // the queue is the parent's
        return;
    // If there is no memory for this message, the service thread finds out by itself.
    if (_queues.close(queue))
        attempt([&] { _service->remove_receiver(queue.id); });
}
}
