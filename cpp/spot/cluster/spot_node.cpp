#include "spot/cluster/spot_node.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "spot/transport/socket_profiles.hpp"
#include "spot/wire/limits.hpp"

namespace spot
{
namespace
{
constexpr int peer_messages_per_turn = 64;
// A connection attempt that began this recently is left alone.
constexpr millis_t retry_spacing_ms = 100;
// A third party that others named as a node is not knocked at in vain several times a second.
constexpr int wary_pause_ms = 2000;
constexpr int wary_longest_pause_ms = 8000;
}

spot_node_t::spot_node_t(peer_t &owner, endpoint_t endpoint, const node_options_t &options)
    : _owner(owner), _endpoint(std::move(endpoint)), _named(!is_numeric(_endpoint)), _address(_endpoint),
      _options(options), _liveness(options.heartbeat_ms), _wary(options.wary)
{
    if (_named)
        _address.host.clear();
}

int spot_node_t::open(const std::shared_ptr<ctx_state_t> &ctx)
{
    const millis_t silence_ms = registry::liveness_t::missed_limit * _options.heartbeat_ms;
    if (_socket.open(ctx, control_client_profile(_options.linger_ms, silence_ms)) != 0)
        return -1;
    _liveness.expect(now_ms());
    if (_wary)
        _socket.set_reconnection(wary_pause_ms, wary_longest_pause_ms);
    if (!has_address())
        return 0;
    _last_retry = now_ms();
    return _socket.connect(_address.text());
}

void spot_node_t::process(millis_t now, peer_events_t &events, slice_t &slice)
{
    _unfinished = false;
    look_at_connection(_socket.events(), events);
    for (int handled = 0;; ++handled) {
        // Messages that follow a long list wait until the list is taken in.
        _unfinished = _held || handled == peer_messages_per_turn || (handled > 0 && slice.over_now());
        if (_unfinished)
            return;
        const received_t received = receive_multipart(_socket, _incoming, slice);
        if (received == received_t::nothing)
            break;
        _liveness.heard(now);
        _unfinished = received == received_t::part;
        if (_unfinished)
            return;
        dispatch(_incoming, events, slice);
    }
    // A message that arrived since the last recv() gives no further wake-up: asking for events took it.
    const short now_there = _socket.events();
    _unfinished = (now_there & socket_t::readable) != 0;
    look_at_connection(now_there, events);
}

// With ZMQ_IMMEDIATE a DEALER can send exactly while its connection is complete, so that a change of
// "writable" is a connection made or lost.
void spot_node_t::look_at_connection(short now_there, peer_events_t &events)
{
    const bool connected = (now_there & socket_t::writable) != 0;
    if (connected == _connected)
        return;
    _connected = connected;
    _queries = _answers = 0;
    if (connected)
        events.on_connected(_owner);
    else
        events.on_disconnected(_owner);
}

// With another socket: on this one libzmq would go on with the old connection for a while.
int spot_node_t::connect_anew(const std::shared_ptr<ctx_state_t> &ctx, peer_events_t &events)
{
    _unfinished = false;
    _queries = _answers = 0;
    if (_connected)
        events.on_disconnected(_owner);
    _connected = false;
    _incoming = multipart_t();
    _socket.close();
    return open(ctx);
}

bool spot_node_t::send(const wire::frames_t &frames)
{
    return _connected && send_multipart(_socket, frames);
}

bool spot_node_t::greet(millis_t now, const wire::hello_t &hello)
{
    if (!send(wire::encode_hello(hello)))
        return false;
    _liveness.greeted(now);
    _greeted_at = now;
    return true;
}

bool spot_node_t::query()
{
    if (!send(wire::encode_query()))
        return false;
    ++_queries;
    return true;
}

void spot_node_t::retry(millis_t now)
{
    if (_connected || !has_address() || now - _last_retry < retry_spacing_ms)
        return;
    if (_hosts.size() < 2)
        return move_to(_address.host, now);
    _turn = (_turn + 1) % _hosts.size();
    move_to(_hosts[_turn], now);
}

void spot_node_t::trust()
{
    if (!std::exchange(_wary, false))
        return;
    _socket.set_reconnection(socket_t::reconnection_ms, socket_t::longest_reconnection_ms);
    _trusted_anew = true;
}

void spot_node_t::take_addresses(const std::vector<std::string> &hosts, millis_t now)
{
    const auto used = std::find(hosts.begin(), hosts.end(), _address.host);
    const std::size_t turn = used == hosts.end() ? 0 : static_cast<std::size_t>(used - hosts.begin());
    _hosts = hosts;
    _turn = turn;
    if (used == hosts.end() && !_connected)
        move_to(_hosts.front(), now);
}

// Also to where it is already: that begins the attempt anew.
void spot_node_t::move_to(const std::string &host, millis_t now)
{
    _last_retry = now;
    _trusted_anew = false;
    // inproc has no reconnection of its own: there the old connection is gone already and this fails.
    if (has_address())
        _socket.disconnect(_address.text());
    _address.host = host;
    _socket.connect(_address.text());
}

// False: it is about something else.
bool spot_node_t::dispatch_topics(std::size_t first, multipart_t &message, peer_events_t &events,
                                  slice_t &slice)
{
    const std::string_view code = message.frames.size() > first ? message.frames[first].view() : "";
    if (message.oversized || code.size() != 1)
        return false;
    const auto command = static_cast<wire::command_t>(code[0]);
    if (command != wire::command_t::query_resp && command != wire::command_t::topics)
        return false;
    if (command == wire::command_t::query_resp && _answers == _queries) { // nobody asked
        events.on_malformed(_owner);
        return true;
    }
    // One that breaks a rule is not believed, but it was the answer to that QUERY: later ones still count.
    _answers += command == wire::command_t::query_resp ? 1 : 0;
    auto made = std::make_unique<topic_intake_t>(command, std::move(message), first, _options.max_topics);
    events.on_topics(_owner, std::move(made), slice);
    return true;
}

void spot_node_t::dispatch(multipart_t &message, peer_events_t &events, slice_t &slice)
{
    // A peer made with a REP socket puts an empty delimiter in front.
    const std::size_t first = message.frames.size() > 1 && message.frames[0].size() == 0 ? 1 : 0;
    if (dispatch_topics(first, message, events, slice))
        return;
    const wire::frame_views_t frames = message.views(first);
    if (message.oversized || frames.empty() || frames[0].size() != 1 || !wire::within_limits(frames)) {
        events.on_malformed(_owner);
        return;
    }
    const auto code = static_cast<std::uint8_t>(frames[0][0]);
    switch (wire::classify(code)) {
    case wire::command_class_t::known:
        dispatch_known(static_cast<wire::command_t>(code), frames, events);
        return;
    case wire::command_class_t::malformed:
        events.on_malformed(_owner);
        return;
    case wire::command_class_t::ignored:
        events.on_ignored();
        return;
    }
}

void spot_node_t::dispatch_known(wire::command_t command, const wire::frame_views_t &frames,
                                 peer_events_t &events)
{
    wire::hello_t hello;
    wire::token_t token;
    wire::refusal_t refusal;
    std::vector<std::string> topics;
    std::vector<wire::loss_entry_t> losses;
    wire::ends_t ends;
    wire::barrier_t barrier;
    std::string_view topic, payload;
    switch (command) {
    case wire::command_t::peers:
        return take_peers(frames, events);
    case wire::command_t::welcome:
        if (wire::decode_hello(frames, hello))
            return events.on_welcome(_owner, hello);
        return events.on_malformed(_owner);
    case wire::command_t::refused:
        if (wire::decode_refused(frames, refusal))
            return events.on_refused(_owner, refusal);
        return events.on_malformed(_owner);
    case wire::command_t::shared:
        if (wire::decode_shared(frames, topics))
            return events.on_shared(_owner, topics);
        return events.on_malformed(_owner);
    case wire::command_t::fence:
        if (wire::decode_fence(frames, token))
            return events.on_fence(_owner, token);
        return events.on_malformed(_owner);
    case wire::command_t::bye:
        return events.on_bye(_owner);
    case wire::command_t::publish:
        if (wire::decode_publish(frames, topic, payload))
            return events.on_publish(_owner, topic, payload);
        return events.on_malformed(_owner);
    case wire::command_t::lost:
        if (wire::decode_lost(frames, losses))
            return events.on_lost(_owner, losses);
        return events.on_malformed(_owner);
    case wire::command_t::ends:
        if (wire::decode_ends(frames, ends))
            return events.on_ends(_owner, std::move(ends));
        return events.on_malformed(_owner);
    case wire::command_t::barrier:
        if (wire::decode_barrier(frames, barrier))
            return events.on_barrier(_owner, barrier);
        return events.on_malformed(_owner);
    default: // a request, which a peer sends on its own connection, or news of a later version
        return events.on_ignored();
    }
}

void spot_node_t::take_peers(const wire::frame_views_t &frames, peer_events_t &events)
{
    // Those beyond the limit are not even looked at.
    const std::size_t most = 1 + 2 * std::min(_options.max_peers, wire::max_peers);
    const auto end = frames.begin() + static_cast<std::ptrdiff_t>(std::min(frames.size(), most));
    std::vector<wire::peer_entry_t> peers;
    if (wire::decode_peers({frames.begin(), end}, peers))
        events.on_peers(_owner, peers);
    else
        events.on_malformed(_owner);
}
}
