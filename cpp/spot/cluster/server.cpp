#include "spot/cluster/server.hpp"

#include <limits>
#include <utility>

#include "spot/transport/connection.hpp"
#include "spot/transport/socket_profiles.hpp"
#include "spot/wire/envelope.hpp"
#include "spot/wire/limits.hpp"

namespace spot
{
namespace
{
constexpr int messages_per_server_turn = 256;
constexpr millis_t too_large_warning_ms = 1000;
constexpr int most_tries = 200;

client_backlog_limits_t backlog_limits_of(const options_t &options)
{
    client_backlog_limits_t limits;
    limits.messages = static_cast<std::uint64_t>(options.send_hwm);
    // 0: no limit.
    limits.message_bytes = options.send_hwm_bytes > 0 ? static_cast<std::size_t>(options.send_hwm_bytes)
                                                      : std::numeric_limits<std::size_t>::max();
    return limits;
}

// A client whose connection has ended needs no answer and no messages.
bool wants_something_back(std::uint8_t code)
{
    const auto command = static_cast<wire::command_t>(code);
    return command == wire::command_t::query || command == wire::command_t::subscribe;
}
}

server_t::server_t(shared_state_t &state, publisher_t &publisher, server_counters_t &counters,
                   const logger_t &log, const options_t &options, std::shared_ptr<wakeup_t> wakeup)
    : _state(state), _counters(counters), _log(log), _stall_timeout_ms(options.stall_timeout_ms),
      _callers(backlog_limits_of(options), std::move(wakeup)), _out(_router, _callers),
      _places(_clients, _callers, counters, log),
      _nodes(state, publisher, _clients, _callers, _out, _places, counters, log),
      _news(state.local, _clients, _out),
      _answers(_out, [this](const std::string &address,
                            bool delimiter) { return _news.answer(address, delimiter); }),
      _relay(publisher, _clients, _out, counters, options.overflow == overflow_t::block),
      _programs(state.subscribers, publisher, _clients, _callers, _places, _relay, counters)
{
    const auto forget_client = [this](const std::string &address) { forget(address); };
    _nodes.forget = forget_client;
    _news.expired = [this](const std::string &address) {
        if (const client_t *const client = _clients.find(address))
            _log.debug("node ", client->node_id, " forgotten: nothing heard of it for ",
                       registry::session_t::expiry_ms, " ms");
        forget(address);
    };
    _programs.forget = forget_client;
    _callers.came_back = [this](const std::string &routing_id) { forget_programs(routing_id); };
    _out.connection_gone = [this](const std::string &routing_id) { drop_caller(routing_id); };
    _places.search = [this](millis_t now) {
        _next_tending = 0;
        tend_callers(now);
    };
}

int server_t::open(const std::shared_ptr<ctx_state_t> &ctx, int linger_ms, const std::string &endpoint,
                   const std::string &own, std::string &bound)
{
    if (_router.open(ctx, control_server_profile(linger_ms)) != 0 || _router.bind(endpoint) != 0)
        return -1;
    bound = _router.last_endpoint();
    parse_endpoint(bound, _listening);
    return _relay.open(ctx, own);
}

void server_t::close()
{
    _router.close();
    _relay.close();
}

void server_t::set_welcome(wire::hello_t hello)
{
    _news.set_own_id(hello.node_id);
    _nodes.set_welcome(std::move(hello));
}

void server_t::process(millis_t now, slice_t &slice)
{
    _answers.begin_turn();
    take_messages(now, slice);
    if (!_answers.work())
        _unfinished = true;
}

void server_t::heartbeat(millis_t now, millis_t heartbeat_ms)
{
    _nodes.forget_silent_refusals(now);
    _news.heartbeat(now, heartbeat_ms);
}

void server_t::take_messages(millis_t now, slice_t &slice)
{
    int handled = 0;
    do {
        for (;; ++handled) {
            _unfinished = handled == messages_per_server_turn || (handled > 0 && slice.over_now());
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
    const bool there = _callers.note(routing_id, message.frames.back().source_fd());
    wire::frame_views_t frames = message.views(1);
    const wire::envelope_t envelope = wire::find_envelope(frames);
    const std::string address = wire::make_address(routing_id, frames, envelope);
    frames.erase(frames.begin(), frames.begin() + static_cast<std::ptrdiff_t>(envelope.frames));
    if (client_t *const known = _clients.find(address))
        known->session.heard(now);
    if (message.oversized || frames[0].size() != 1 || !wire::within_limits(frames)) {
        count_malformed(address);
        log_too_large(address, frames, message.frames.back(), now);
        return;
    }
    const auto code = static_cast<std::uint8_t>(frames[0][0]);
    switch (wire::classify(code)) {
    case wire::command_class_t::known:
        if (!there && wants_something_back(code))
            return;
        if (!pass_on(static_cast<wire::command_t>(code), address, envelope.delimiter, frames, message, now))
            count_malformed(address);
        return;
    case wire::command_class_t::malformed:
        count_malformed(address);
        return;
    case wire::command_class_t::ignored:
        _counters.ignored.add(1);
        return;
    }
}

bool server_t::pass_on(wire::command_t command, const std::string &address, bool delimiter,
                       const wire::frame_views_t &frames, const multipart_t &message, millis_t now)
{
    if (command != wire::command_t::hello && command != wire::command_t::bye &&
        _nodes.is_refused(address, now)) {
        _counters.ignored.add(1);
        return true;
    }
    switch (command) {
    case wire::command_t::query:
        if (!_answers.take(address, delimiter))
            _counters.ignored.add(1);
        return true;
    case wire::command_t::hello:
        return _nodes.take_hello(address, delimiter, frames,
                                 sender_endpoint(message.frames.back().peer_address(), _listening), now);
    case wire::command_t::bye:
        _nodes.take_bye(address);
        return true;
    case wire::command_t::lost:
        return _nodes.take_losses(address, frames);
    case wire::command_t::subs:
        return _nodes.take_subs(address, frames);
    case wire::command_t::ends:
        return _nodes.take_ends(address, frames);
    case wire::command_t::barrier:
        return _nodes.take_barrier(address, frames);
    case wire::command_t::publish:
        return _programs.take_publish(frames);
    case wire::command_t::subscribe:
        return _programs.take_subscribe(address, delimiter, frames, now);
    case wire::command_t::unsubscribe:
        return _programs.take_unsubscribe(address, frames);
    default: // an answer to nothing that this node asked, or news of a later version
        _counters.ignored.add(1);
        return true;
    }
}

void server_t::count_malformed(const std::string &address)
{
    _counters.malformed.add(1);
    const client_t *const client = _clients.find(address);
    if (const std::shared_ptr<peer_counters_t> peer =
            client ? _state.peers.counters_of(client->node_id) : nullptr)
        peer->malformed.add(1);
}

// Only the log tells of it: libzmq ends the connection of an even longer frame without a word.
void server_t::log_too_large(const std::string &address, const wire::frame_views_t &frames,
                             const raw_message_t &last, millis_t now)
{
    std::string_view topic, payload;
    if (!wire::decode_publish(frames, topic, payload) || payload.size() <= wire::max_plain_payload_bytes ||
        now < _next_too_large)
        return;
    _next_too_large = now + too_large_warning_ms;
    const client_t *const client = _clients.find(address);
    const bool node = client && client->is_node();
    _log.warning("a PUBLISH of ", payload.size(), " bytes to topic ", quoted(std::string(topic)), " from ",
                 node ? "node " + client->node_id.hex() : "a plain client", " at ",
                 quoted(last.peer_address()), " was dropped: ", wire::max_plain_payload_bytes,
                 " bytes is the most that the control endpoint takes");
}
}
