#include "spot/cluster/server.hpp"

#include <algorithm>
#include <cerrno>

#include "spot/wire/limits.hpp"

namespace spot
{
namespace
{
constexpr int messages_per_turn = 256;
constexpr int control_hwm = 10000;
constexpr std::size_t max_early_tokens = 4096;
}

int server_t::open(const std::shared_ptr<ctx_state_t> &ctx, int linger_ms, const std::string &endpoint,
                   const std::string &own, std::string &bound)
{
    socket_options_t options;
    options.send_hwm = control_hwm;
    options.recv_hwm = control_hwm;
    options.linger_ms = linger_ms;
    options.keepalive = true;
    options.max_message_bytes = wire::max_plain_payload_bytes;
    if (_router.open(ctx, socket_kind_t::router, options) != 0 || _router.bind(endpoint) != 0)
        return -1;
    bound = _router.last_endpoint();
    parse_endpoint(bound, _listening);

    socket_options_t relay;
    relay.send_hwm = 0;
    relay.recv_hwm = control_hwm;
    if (_relay.open(ctx, socket_kind_t::sub, relay) != 0 || _relay.connect(own) != 0)
        return -1;
    return 0;
}

void server_t::close()
{
    _router.close();
    _relay.close();
}

void server_t::process(millis_t now, slice_t &slice)
{
    _unfinished = false;
    do {
        for (int handled = 0;; ++handled) {
            _unfinished = handled == messages_per_turn || (handled > 0 && slice.over_now());
            if (_unfinished)
                return;
            const received_t received = receive_multipart(_router, _incoming, slice);
            if (received == received_t::nothing)
                break;
            _unfinished = received == received_t::part;
            if (_unfinished)
                return;
            dispatch(_incoming, now);
        }
    } while ((_router.events() & socket_t::readable) != 0);
}

void server_t::dispatch(const multipart_t &message, millis_t now)
{
    if (message.frames.size() < 2) {
        _counters.malformed.add(1);
        return;
    }
    const std::string id(message.frames[0].view());
    if (const auto known = _clients.find(id); known != _clients.end())
        known->second.last_heard = now;
    const bool delimiter = message.frames.size() > 2 && message.frames[1].size() == 0;
    const wire::frame_views_t frames = message.views(delimiter ? 2 : 1);
    if (message.oversized || frames[0].size() != 1 || !wire::within_limits(frames)) {
        malformed(id);
        return;
    }
    const auto code = static_cast<std::uint8_t>(frames[0][0]);
    switch (wire::classify(code)) {
    case wire::command_class_t::known:
        dispatch_known(static_cast<wire::command_t>(code), id, delimiter, frames, message, now);
        return;
    case wire::command_class_t::malformed:
        malformed(id);
        return;
    case wire::command_class_t::ignored:
        _counters.ignored.add(1);
        return;
    }
}

void server_t::dispatch_known(wire::command_t command, const std::string &id, bool delimiter,
                              const wire::frame_views_t &frames, const multipart_t &message, millis_t now)
{
    if (command != wire::command_t::hello && command != wire::command_t::bye && is_refused(id, now)) {
        _counters.ignored.add(1);
        return;
    }
    switch (command) {
    case wire::command_t::query:
        return take_query(id, delimiter);
    case wire::command_t::hello:
        return take_hello(id, delimiter, frames,
                          sender_endpoint(message.frames.back().peer_address(), _listening), now);
    case wire::command_t::publish:
        return take_publish(id, frames);
    case wire::command_t::subscribe:
        return take_subscribe(id, delimiter, frames);
    case wire::command_t::unsubscribe:
        return take_unsubscribe(id, frames);
    case wire::command_t::bye:
        return take_bye(id);
    case wire::command_t::lost:
        return take_losses(id, frames);
    case wire::command_t::subs:
        return take_subs(id, frames);
    default: // an answer that nobody here asked for, or news of a later version
        _counters.ignored.add(1);
        return;
    }
}

void server_t::take_hello(const std::string &id, bool delimiter, const wire::frame_views_t &frames,
                          const endpoint_t &from, millis_t now)
{
    wire::hello_t hello;
    if (!wire::decode_hello(frames, hello)) {
        malformed(id);
        return;
    }
    if (hello.cluster != _welcome.cluster)
        return refuse(id, delimiter, hello, from, now);
    _refused.erase(id);
    if (_clients.count(id) == 0 && clients_full()) {
        _counters.ignored.add(1);
        return;
    }
    client_t &client = _clients[id];
    client.delimiter = delimiter;
    client.last_heard = now;
    client.hears_shared = (hello.features & wire::feature_clusters) != 0;
    const distance_t distance = distance_to(from);
    client.distance = distance;
    const bool first = client.node_id != hello.node_id;
    if (first) {
        unmap(client.node_id, id);
        client.node_id = hello.node_id;
        client.version = 0;
        client.stale = false;
        client.since = now;
        _nodes.emplace(hello.node_id, id);
        _state.keep_log(true);
        _log.debug("node ", hello.node_id, " named ", quoted(hello.name), " said HELLO: welcomed");
    }
    reply(id, delimiter, wire::encode_welcome(_welcome));
    for (auto token = _early_tokens.begin(); token != _early_tokens.end();) {
        if (token->subscriber == hello.node_id) {
            _log.debug("fence ", token->counter, " of node ", hello.node_id, " answered after its HELLO");
            reply(id, delimiter, wire::encode_fence(*token));
            _state.serve(hello.node_id);
            token = _early_tokens.erase(token);
        } else {
            ++token;
        }
    }
    if (first) {
        const wire::frames_t peers = peers_for(distance);
        if (!peers.empty())
            reply(id, delimiter, peers);
    }
    if (!hello.control_endpoint.empty())
        hello_heard(hello, from);
}

bool server_t::clients_full() const
{
    return _clients.size() >= 2 * wire::max_peers;
}

void server_t::take_bye(const std::string &id)
{
    const auto client = _clients.find(id);
    if (client != _clients.end() && !client->second.node_id.empty()) {
        _log.debug("node ", client->second.node_id, " said BYE");
        node_left(client->second.node_id);
    }
    forget(id);
}

// Of its receivers.
void server_t::take_losses(const std::string &id, const wire::frame_views_t &frames)
{
    std::vector<wire::loss_entry_t> losses;
    if (!wire::decode_lost(frames, losses)) {
        malformed(id);
        return;
    }
    const std::shared_ptr<peer_counters_t> peer = counters_of(id);
    for (const wire::loss_entry_t &loss : losses) {
        _counters.overflowed.add(loss.count);
        if (peer)
            peer->overflowed.add(loss.count);
        if (const std::shared_ptr<outlet_t> outlet = _publisher.find(loss.topic))
            outlet->overflowed.add(loss.count);
    }
}

std::shared_ptr<peer_counters_t> server_t::counters_of(const std::string &id) const
{
    const auto client = _clients.find(id);
    return client == _clients.end() ? nullptr : _state.counters_of(client->second.node_id);
}

void server_t::malformed(const std::string &id)
{
    _counters.malformed.add(1);
    if (const std::shared_ptr<peer_counters_t> peer = counters_of(id))
        peer->malformed.add(1);
}

bool server_t::reply(const std::string &id, bool delimiter, const wire::frames_t &frames)
{
    return begin_reply(id, delimiter) && send_multipart(_router, {}, frames);
}

bool server_t::begin_reply(const std::string &id, bool delimiter)
{
    raw_message_t head{std::string_view(id)};
    if (_router.send(head, true) != 0) {
        if (errno == EHOSTUNREACH)
            forget(id);
        return false;
    }
    raw_message_t empty{std::string_view()};
    return !delimiter || _router.send(empty, true) == 0;
}

void server_t::forget(const std::string &id)
{
    const auto client = _clients.find(id);
    if (client == _clients.end())
        return;
    for (const std::string &topic : client->second.topics)
        drop_topic(id, topic);
    const wire::node_id_t node_id = client->second.node_id;
    _clients.erase(client);
    unmap(node_id, id);
}

// A node may have reached this one by two names: it is gone when the last of them is.
void server_t::unmap(const wire::node_id_t &node_id, const std::string &id)
{
    const auto [first, last] = _nodes.equal_range(node_id);
    const auto node = std::find_if(first, last, [&](const auto &entry) { return entry.second == id; });
    if (node == last)
        return;
    _nodes.erase(node);
    if (_nodes.count(node_id) == 0)
        _state.forget_subscribers(node_id);
    if (_nodes.empty())
        _state.keep_log(false);
}

void server_t::fence(const wire::token_t &token)
{
    if (token.subscriber == _welcome.node_id)
        return;
    std::vector<std::string> ids;
    const auto [first, last] = _nodes.equal_range(token.subscriber);
    for (auto node = first; node != last; ++node)
        ids.push_back(node->second);
    if (ids.empty()) {
        if (_early_tokens.size() >= max_early_tokens)
            _early_tokens.pop_front();
        _early_tokens.push_back(token);
        return;
    }
    _log.debug("fence ", token.counter, " of node ", token.subscriber,
               " answered: its subscriptions are in effect here");
    _state.serve(token.subscriber);
    // A node may have reached this one by two names.
    for (const std::string &id : ids)
        reply(id, _clients[id].delimiter, wire::encode_fence(token));
}

void server_t::tell_losses(wire::source_t publisher, const std::vector<wire::loss_entry_t> &losses)
{
    for (const auto &[node_id, id] : _nodes) {
        if (node_id.source() == publisher) {
            const std::string to = id;
            reply(to, _clients[to].delimiter, wire::encode_lost(losses));
            return;
        }
    }
}

void server_t::say_bye()
{
    std::vector<std::string> ids;
    for (const auto &[node_id, id] : _nodes)
        ids.push_back(id);
    for (const std::string &id : ids)
        reply(id, _clients[id].delimiter, wire::encode_bye());
}
}
