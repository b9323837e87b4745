#include "spot/cluster/server.hpp"

#include <algorithm>
#include <cerrno>
#include <limits>

#include "spot/transport/socket_profiles.hpp"
#include "spot/wire/limits.hpp"

namespace spot
{
namespace
{
constexpr int messages_per_turn = 256;
constexpr millis_t too_large_warning_ms = 1000;
constexpr std::size_t max_early_tokens = 4096;
constexpr std::size_t answer_frames_per_turn = 50000;
constexpr int most_tries = 200;

// Whoever has gone needs no answer and no messages.
bool wants_something_back(std::uint8_t code)
{
    const auto command = static_cast<wire::command_t>(code);
    return command == wire::command_t::query || command == wire::command_t::subscribe;
}
}

server_t::server_t(shared_state_t &state, publisher_t &publisher, server_counters_t &counters,
                   const logger_t &log, const options_t &options, std::shared_ptr<wakeup_t> wakeup)
    : _state(state), _publisher(publisher), _counters(counters), _log(log), _wakeup(std::move(wakeup)),
      _stall_timeout_ms(options.stall_timeout_ms), _block(options.overflow == overflow_t::block)
{
    _limits.messages = static_cast<std::uint64_t>(options.send_hwm);
    // 0: no limit.
    _limits.message_bytes = options.send_hwm_bytes > 0 ? static_cast<std::size_t>(options.send_hwm_bytes)
                                                       : std::numeric_limits<std::size_t>::max();
}

int server_t::open(const std::shared_ptr<ctx_state_t> &ctx, int linger_ms, const std::string &endpoint,
                   const std::string &own, std::string &bound)
{
    if (_router.open(ctx, control_server_profile(linger_ms)) != 0 || _router.bind(endpoint) != 0)
        return -1;
    bound = _router.last_endpoint();
    parse_endpoint(bound, _listening);
    if (_relay.open(ctx, relay_profile()) != 0 || _relay.connect(own) != 0)
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
    _frames_left = answer_frames_per_turn;
    take_messages(now, slice);
    answer_questions();
}

void server_t::take_messages(millis_t now, slice_t &slice)
{
    int handled = 0;
    do {
        for (;; ++handled) {
            _unfinished = handled == messages_per_turn || (handled > 0 && slice.over_now());
            if (_unfinished)
                return;
            if (!_holds_message) {
                const received_t received = receive_multipart(_router, _incoming, slice);
                if (received == received_t::nothing)
                    break;
                _unfinished = received == received_t::part;
                if (_unfinished)
                    return;
            }
            handle_message(now);
        }
    } while ((_router.events() & socket_t::readable) != 0);
}

// A message that finds no memory is handled once more, from its beginning, in the next turn. After many times
// its sender is cut off, so that it begins anew.
void server_t::handle_message(millis_t now)
{
    _unfinished = _holds_message = true;
    if (++_tries > most_tries) {
        cut_off(connection_at(_incoming.frames.back().source_fd()));
        _counters.ignored.add(1);
    } else {
        dispatch(_incoming, now);
    }
    _holds_message = false;
    _tries = 0;
}

void server_t::dispatch(const multipart_t &message, millis_t now)
{
    if (message.frames.size() < 2) {
        _counters.malformed.add(1);
        return;
    }
    const std::string_view routing_id = message.frames[0].view();
    const bool there = note_caller(routing_id, message.frames.back().source_fd(), now);
    wire::frame_views_t frames = message.views(1);
    const wire::envelope_t envelope = wire::find_envelope(frames);
    const std::string id = wire::make_address(routing_id, frames, envelope);
    frames.erase(frames.begin(), frames.begin() + static_cast<std::ptrdiff_t>(envelope.frames));
    if (const auto known = _clients.find(id); known != _clients.end())
        known->second.last_heard = now;
    if (message.oversized || frames[0].size() != 1 || !wire::within_limits(frames)) {
        malformed(id);
        too_large(id, frames, message.frames.back(), now);
        return;
    }
    const auto code = static_cast<std::uint8_t>(frames[0][0]);
    switch (wire::classify(code)) {
    case wire::command_class_t::known:
        if (there || !wants_something_back(code))
            dispatch_known(static_cast<wire::command_t>(code), id, envelope.delimiter, frames, message, now);
        return;
    case wire::command_class_t::malformed:
        malformed(id);
        return;
    case wire::command_class_t::ignored:
        _counters.ignored.add(1);
        return;
    }
}

// Nothing else tells of it: ZeroMQ says no more than that the connection of a longer frame ended.
void server_t::too_large(const std::string &id, const wire::frame_views_t &frames, const raw_message_t &last,
                         millis_t now)
{
    std::string_view topic, payload;
    if (!wire::decode_publish(frames, topic, payload) || payload.size() <= wire::max_plain_payload_bytes ||
        now < _next_too_large)
        return;
    _next_too_large = now + too_large_warning_ms;
    const auto client = _clients.find(id);
    const bool node = client != _clients.end() && !client->second.node_id.empty();
    _log.warning("a PUBLISH of ", payload.size(), " bytes to topic ", quoted(std::string(topic)), " from ",
                 node ? "node " + client->second.node_id.hex() : "a plain client", " at ",
                 quoted(last.peer_address()), " was dropped: ", wire::max_plain_payload_bytes,
                 " bytes is the most that the control endpoint takes");
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
        return take_subscribe(id, delimiter, frames, now);
    case wire::command_t::unsubscribe:
        return take_unsubscribe(id, frames);
    case wire::command_t::bye:
        return take_bye(id);
    case wire::command_t::lost:
        return take_losses(id, frames);
    case wire::command_t::subs:
        return take_subs(id, frames);
    case wire::command_t::ends:
        return take_ends(id, frames);
    case wire::command_t::barrier:
        return take_barrier(id, frames);
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
    if (!place_for_node(id, now))
        return turn_away(id, delimiter, hello, now);
    _refused.erase(id);
    client_t &client = _clients[id];
    caller_of(id)->addresses.insert(id);
    // A connection is one node's: who takes another one's name on it is not believed.
    if (!client.node_id.empty() && client.node_id != hello.node_id) {
        malformed(id);
        return;
    }
    client.delimiter = delimiter;
    client.last_heard = now;
    client.hears_shared = (hello.features & wire::feature_clusters) != 0;
    const distance_t distance = distance_to(from);
    client.distance = distance;
    const bool first = client.node_id != hello.node_id;
    if (first) {
        _nodes.emplace(hello.node_id, id); // or, without memory for it, the next time
        client.node_id = hello.node_id;
        client.features = hello.features;
        client.version = 0;
        client.stale = false;
        client.since = now;
        client.peers_told = false;
        _state.keep_log(true);
        _log.debug("node ", hello.node_id, " named ", quoted(hello.name), " said HELLO: welcomed");
    }
    reply(id, delimiter, wire::encode_welcome(_welcome));
    answer_early_tokens(id, delimiter, hello.node_id);
    if (!_clients[id].peers_told) {
        const wire::frames_t peers = peers_for(distance);
        if (!peers.empty())
            reply(id, delimiter, peers, load_t::answer);
        if (client_t *const there = find_client(id))
            there->peers_told = true;
    }
    if (!hello.control_endpoint.empty())
        hello_heard(hello, from);
}

void server_t::answer_early_tokens(const std::string &id, bool delimiter, const wire::node_id_t &node_id)
{
    for (auto token = _early_tokens.begin(); token != _early_tokens.end();) {
        if (token->subscriber == node_id) {
            _log.debug("fence ", token->counter, " of node ", node_id, " answered after its HELLO");
            reply(id, delimiter, wire::encode_fence(*token));
            _state.serve(node_id);
            token = _early_tokens.erase(token);
        } else {
            ++token;
        }
    }
}

void server_t::take_bye(const std::string &id)
{
    const auto client = _clients.find(id);
    const wire::node_id_t node_id = client == _clients.end() ? wire::node_id_t() : client->second.node_id;
    forget(id);
    if (node_id.empty())
        return;
    _log.debug("node ", node_id, " said BYE");
    // Anybody can say it in another one's name: a node has left when it is not connected either.
    if (_nodes.count(node_id) == 0)
        node_left(node_id);
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

void server_t::forget(const std::string &id)
{
    const auto client = _clients.find(id);
    if (client == _clients.end())
        return;
    end_subscriptions(id);
    const wire::node_id_t node_id = client->second.node_id;
    if (const auto caller = _callers.find(std::string(wire::routing_id_of(id))); caller != _callers.end())
        caller->second.addresses.erase(id);
    unmap(node_id, id);
    _clients.erase(client); // last: what throws is done again
}

// A node may have reached this one by two names: it is gone when the last of them is.
void server_t::unmap(const wire::node_id_t &node_id, const std::string &id)
{
    const auto [first, last] = _nodes.equal_range(node_id);
    const auto node = std::find_if(first, last, [&](const auto &entry) { return entry.second == id; });
    if (node == last)
        return;
    if (_nodes.count(node_id) == 1)
        _state.forget_subscribers(node_id);
    _nodes.erase(node);
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
        _early_tokens.push_back(token);
        if (_early_tokens.size() > max_early_tokens)
            _early_tokens.pop_front();
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
    // To all that are called so: which of them it is, nobody can tell.
    std::vector<std::string> ids;
    for (const auto &[node_id, id] : _nodes)
        if (node_id.source() == publisher)
            ids.push_back(id);
    for (const std::string &id : ids)
        reply(id, _clients[id].delimiter, wire::encode_lost(losses));
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
