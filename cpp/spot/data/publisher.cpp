#include "spot/data/publisher.hpp"

#include "spot/transport/socket_profiles.hpp"
#include "spot/wire/limits.hpp"

namespace spot
{
namespace
{
constexpr char subscribed = 1;
constexpr int room_slice_ms = 5;
// Others wait while they are looked at: those who publish, and what else the service thread does.
constexpr int subscriptions_per_turn = 1024;
}

int publisher_t::open(const std::shared_ptr<ctx_state_t> &ctx, const publisher_options_t &options,
                      const std::string &own, const wire::node_id_t &id)
{
    _id = id;
    _source = id.source();
    _flusher = options.flusher;
    // XPUB drops by itself for a full subscriber unless it is told not to.
    _sink = std::make_shared<stream_writer_t>(options.block ? when_full_t::fail : when_full_t::shed,
                                              options.flusher);
    const socket_profile_t profile =
        data_publisher_profile(options.send_hwm, options.linger_ms, options.stall_timeout_ms);
    if (_sink->open(ctx, profile.kind, profile.options, options.send_hwm_bytes) != 0)
        return -1;
    return _sink->with_socket([&](socket_t &xpub) { return xpub.bind(own); });
}

int publisher_t::bind(const std::string &endpoint, std::string &bound)
{
    return _sink->with_socket([&](socket_t &xpub) {
        if (xpub.bind(endpoint) != 0)
            return -1;
        bound = xpub.last_endpoint();
        return 0;
    });
}

int publisher_t::unbind(const std::string &endpoint)
{
    return _sink->with_socket([&](socket_t &xpub) { return xpub.unbind(endpoint); });
}

void publisher_t::close()
{
    if (_sink)
        _sink->close(send_t::closed);
    _outlets.clear();
}

void publisher_t::add_topic(std::string_view topic)
{
    _outlets.ensure(_sink, topic, _source);
}

void publisher_t::remove_topic(std::string_view topic)
{
    _outlets.remove(*_sink, topic);
}

void publisher_t::forget_topic(std::string_view topic)
{
    if (const std::shared_ptr<outlet_t> outlet = _outlets.remove(topic))
        _sink->deactivate(*outlet);
}

std::vector<ended_t> publisher_t::settle_streams(bool all)
{
    if (!_sink)
        return {};
    _sink->settle(all);
    return _sink->take_ends();
}

void publisher_t::want_marks(bool wanted)
{
    if (_sink)
        _sink->want_marks(wanted);
}

std::vector<ended_t> publisher_t::all_ends() const
{
    std::vector<ended_t> ends;
    if (_sink)
        _sink->tell_ends(_outlets.all(), ends);
    return ends;
}

std::vector<ended_t> publisher_t::ends_of(const std::vector<std::string> &topics) const
{
    std::vector<std::shared_ptr<outlet_t>> outlets;
    for (const std::string &topic : topics)
        if (std::shared_ptr<outlet_t> outlet = find(topic))
            outlets.push_back(std::move(outlet));
    std::vector<ended_t> ends;
    if (_sink)
        _sink->tell_ends(outlets, ends);
    return ends;
}

void publisher_t::send_barrier(const wire::node_id_t &to, std::uint32_t receiver, std::uint64_t number)
{
    if (_sink)
        _sink->send_directed(wire::barrier_frame(to, receiver, number, _id));
}

void publisher_t::send_last_marks(const deadline_t &deadline)
{
    if (!_sink)
        return;
    // Who has come since the last heartbeat may need them, and they are in nobody's way any more.
    _sink->want_marks(true);
    while (!_sink->settle(true) && !deadline.passed())
        _sink->wait_for_room(room_slice_ms);
    // A subscriber that still has no room must not keep the marks from the others.
    _sink->with_socket([](socket_t &xpub) { return xpub.set_no_drop(false); });
    _sink->settle(true);
}

void publisher_t::count(stats_t &stats) const
{
    if (!_sink)
        return;
    stats.published += _sink->messages();
    stats.bytes_published += _sink->bytes();
    stats.relayed += _sink->relayed();
}

void publisher_t::break_down(topic_sums_t &sums) const
{
    const std::vector<std::shared_ptr<outlet_t>> outlets = _outlets.all();
    sums.reserve(sums.size() + outlets.size());
    for (const std::shared_ptr<outlet_t> &outlet : outlets)
        _sink->break_down(*outlet, sums[outlet->topic()]);
}

void publisher_t::settle()
{
    _sink->with_socket([](socket_t &xpub) { return static_cast<int>(xpub.events()); });
}

void publisher_t::note_subscription(std::vector<wire::token_t> &tokens,
                                    subscriber_connections_t &connections) const
{
    const std::string_view bytes = _subscription.view();
    if (bytes.empty())
        return;
    const std::string_view filter = bytes.substr(1);
    const int fd = _subscription.source_fd();
    connections.note_filter(fd, filter, bytes[0] == subscribed);
    wire::token_t token;
    if (bytes[0] != subscribed || filter.empty() || filter[0] != wire::fence_prefix ||
        !wire::token_t::decode(filter.substr(1), token))
        return;
    connections.note_node(fd, token.subscriber);
    tokens.push_back(token);
}

bool publisher_t::drain(std::vector<wire::token_t> &tokens, subscriber_connections_t &connections)
{
    int handled = 0;
    _sink->with_socket([&](socket_t &xpub) {
        for (; handled < subscriptions_per_turn; ++handled) {
            if (!_holds_subscription && xpub.recv(_subscription) != 0)
                break;
            _holds_subscription = true; // also for the next call, if there is no memory now
            note_subscription(tokens, connections);
            _holds_subscription = false;
        }
        return 0;
    });
    return handled < subscriptions_per_turn;
}
}
