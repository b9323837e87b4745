#include "spot/cluster/service.hpp"

#include <algorithm>
#include <cerrno>
#include <limits>
#include <new>
#include <system_error>
#include <utility>

#include "spot/base/errors.hpp"
#include "spot/base/no_memory.hpp"
#include "spot/base/slice.hpp"
#include "spot/transport/thread.hpp"
#include "spot/wire/limits.hpp"

namespace spot
{
namespace
{
// A thread that publishes may eat the wake-ups of the XPUB's descriptor. So the XPUB is looked at this often
// while there is one.
constexpr millis_t publishing_look_ms = 10;
// Topics that are made in a loop share messages.
constexpr millis_t change_spacing_ms = 5;
// How long one turn works at what came to the ROUTER.
constexpr std::chrono::microseconds server_slice{10000};
constexpr millis_t min_tick_ms = 10;
constexpr millis_t max_tick_ms = 250;
// How many names are looked up at once for bind().
constexpr std::size_t bind_lookups = 8;
// Any program can cause these troubles as often as it likes, so the log tells of them no more often than
// this.
constexpr millis_t troubles_ms = 1000;

// Subscribers are looked at so often within stall_timeout_ms.
constexpr millis_t looks_per_stall = 8;
constexpr millis_t longest_look_ms = 1000;
// How often telling the ends of streams is tried without memory when the node closes.
constexpr int most_endings = 10;

subscriber_connections_t::limits_t limits_of(const options_t &options)
{
    constexpr std::size_t each = wire::filter_bytes_per_topic;
    const std::size_t filters = options.max_topics_per_peer;
    return {filters, std::min(filters, std::numeric_limits<std::size_t>::max() / each) * each,
            options.stall_timeout_ms};
}

const char *text_of(subscriber_connections_t::reason_t reason)
{
    switch (reason) {
    case subscriber_connections_t::reason_t::too_many_filters:
        return "it subscribed to more than max_topics_per_peer allows";
    case subscriber_connections_t::reason_t::took_nothing:
        return "it took nothing for stall_timeout_ms";
    case subscriber_connections_t::reason_t::held_up_others:
        return "it is DOWN, and publishers waited for it";
    }
    return "";
}

std::string name_in_log(const wire::node_id_t &id, const std::string &name)
{
    std::string text = "node ";
    append_to(text, id);
    if (!name.empty()) {
        text += ' ';
        append_to(text, quoted(name));
    }
    return text;
}
}

service_t::service_t(std::shared_ptr<ctx_state_t> ctx, const options_t &options,
                     const wire::node_id_t &node_id, std::string own_endpoint, shared_state_t &state,
                     publisher_t &publisher, std::shared_ptr<receiver_t> receiver,
                     std::shared_ptr<oversized_t> oversized)
    : _ctx(std::move(ctx)), _options(options), _node_id(node_id), _own_endpoint(std::move(own_endpoint)),
      _log(name_in_log(node_id, options.name)), _state(state), _publisher(publisher),
      _receiver(std::move(receiver)), _mailbox(std::make_shared<mailbox_t>()), _ingress(publisher),
      _operations(*this), _receivers(_ctx, "spot-monitor-" + node_id.hex()),
      _peers(_ctx, options, node_id, state, _receivers, _operations, _mailbox, _counters, publisher, _log),
      _server(state, publisher, _counters, _log, options,
              std::shared_ptr<wakeup_t>(_mailbox, &_mailbox->wakeup())),
      _membership(options, node_id, _peers, _server, _mailbox, _log), _subscribers(limits_of(options)),
      _gone_topics(state.directory, _receivers), _oversized(std::move(oversized)),
      _ends(state.subscribers, publisher), _bind_lookups(_mailbox, bind_lookups, bind_lookups)
{
    set_up_ends();
    _membership.is_own = [this](const endpoint_t &endpoint) { return is_own(endpoint); };
}

// --- operations_events_t -------------------------------------------------------------------------------

void service_t::fence_ended(std::uint64_t counter)
{
    _peers.rooms().tokens.end(counter);
}

void service_t::fence_left(const wire::node_id_t &node_id, receiver_id_t receiver)
{
    _peers.rooms().reports.fence_left(node_id, receiver);
}

void service_t::addition_failed(peer_key_t key)
{
    peer_t *const peer = _peers.rooms().table.find(key);
    if (!peer)
        return;
    _log.debug("peer ", *peer, " did not answer in time");
    _membership.withdraw(*peer);
}

std::string service_t::reason_of(peer_key_t key)
{
    peer_t *const peer = _peers.rooms().table.find(key);
    return peer ? _peers.rooms().reasons.reason_now(*peer) : std::string();
}

// --- start and stop ------------------------------------------------------------------------------------

int service_t::start()
{
    wire::hello_t hello;
    hello.node_id = _node_id;
    hello.name = _options.name;
    hello.cluster = _options.cluster;
    hello.features = wire::own_features;
    _peers.set_hello(hello);
    if (_receivers.add(default_receiver, _receiver) != 0)
        return -1;
    _publisher.sink().watch_activity(&_mailbox->wakeup());
    _log.debug("made: heartbeat ", _options.heartbeat_ms, " ms");
    return start_thread(_thread, "spot-service", [this] { run(); });
}

// Nothing that the service thread owns is touched before the thread has ended: it may be in the middle of a
// bind.
void service_t::stop()
{
    _stop = true;
    _mailbox->close();
    _mailbox->wakeup().set();
    if (_thread.joinable())
        _thread.join();
    _receivers.close(); // when the thread could not be started
}

int service_t::request(std::function<void(const completion_ref &)> work, failure_t *failure)
{
    auto done = std::make_shared<completion_t>();
    const auto task = [done, work = std::move(work)] {
        try {
            work(done);
        } catch (const std::bad_alloc &) {
            done->finish(ENOMEM);
        } catch (const std::system_error &error) {
            done->finish(error.code().value());
        }
    };
    if (!_mailbox->post(task))
        return fail(ENOTSOCK);
    return done->wait(failure);
}

// --- the loop ------------------------------------------------------------------------------------------

void service_t::run()
{
    // A turn that was cut short for want of memory is gone on with a little later.
    while (!_stop) {
        turn(now_ms());
        step([this] { poll(); });
        if (!std::exchange(_is_cut_short, false))
            continue;
        ++_cut_short;
        const int fd = _mailbox->wakeup().fd();
        wait_readable(&fd, 1, min_tick_ms);
    }
    attempt([this] { end(); });
    // Whatever failed there: each call that waits is ended, and no socket stays open.
    _operations.abort(ENOTSOCK);
    end_bindings(std::numeric_limits<millis_t>::max(), ENOTSOCK);
    _peers.close();
    _server.close();
}

template <typename Work> void service_t::step(Work work)
{
    if (!attempt(work))
        _is_cut_short = true;
}

void service_t::end()
{
    _ingress.close();
    // The tasks that were posted before the end are run: each of their callers waits.
    while (!attempt([this] { run_tasks(); }))
        ++_next_task;
    _operations.abort(ENOTSOCK);
    end_bindings(std::numeric_limits<millis_t>::max(), ENOTSOCK);
    attempt([this] { log_troubles(now_ms()); });
    for (int tries = 0; tries < most_endings && !attempt([this] { _ends.finish(); });)
        ++tries;
    _log.debug("closing: saying BYE");
    attempt([this] { leave(); });
    _server.close();
    _log.info("closed");
}

// A task that finds no memory is run again in the next turn. Requests catch that themselves and tell their
// callers.
void service_t::run_tasks()
{
    run_taken_tasks();
    _tasks = _mailbox->take();
    run_taken_tasks();
}

void service_t::run_taken_tasks()
{
    for (; _next_task < _tasks.size(); ++_next_task)
        _tasks[_next_task]();
    _tasks.clear();
    _next_task = 0;
    if (!_some_unsubscribed.exchange(false))
        return;
    if (!attempt([this] {
            _receivers.each([this](receiver_id_t id, receiver_t &) { _peers.subscriptions_changed(id); });
        }))
        _some_unsubscribed = _is_cut_short = true;
}

void service_t::turn(millis_t now)
{
    step([&] { run_tasks(); });
    step([&] { handle_publisher(now); });
    step([&] { handle_monitors(); });
    step([&] { handle_server(now); });
    step([&] { process_peers(now); });
    step([&] { tell_news(now); });
    step([&] { _ends.work(); });
    step([&] { tend_ends(now); });
    step([&] { tick(now); });
    step([&] { _peers.sweep(); });
    step([&] { _membership.tell(now); });
}

void service_t::handle_server(millis_t now)
{
    if (must_look(_server.router(), _router_entry) || _server.unfinished() || _server.answers_wait()) {
        slice_t slice(server_slice);
        _server.process(now, slice);
    }
    const bool messages = _server.relay().unfinished() || _server.relay().waits();
    if (must_look(_server.relay().socket(), _relay_entry) || messages)
        _server.relay().process();
}

void service_t::handle_publisher(millis_t now)
{
    // The publishers' activity is not taken before the next look: they would wake this thread again for every
    // single message of a ping-pong.
    if (now >= _next_look) {
        _publishing = _publisher.sink().take_activity();
        if (_publishing)
            _next_look = now + publishing_look_ms;
    }
    _subscriptions_left = !_publisher.drain(_fences, _subscribers);
    for (; !_fences.empty(); _fences.erase(_fences.begin()))
        _server.nodes().fence(_fences.front());
}

void service_t::tend_subscribers(millis_t now)
{
    // A DOWN peer does not read. Its data connection is cut off, so that publishers with overflow "block"
    // wait for it only until it is DOWN.
    if (_options.overflow == overflow_t::block && _publisher.sink().take_shortage())
        _peers.rooms().table.each([&](const peer_t &peer) {
            if (peer.handshake.is_down() && peer.handshake.has_id())
                _subscribers.cut_off(peer.handshake.id());
        });
    if (now >= _next_look_at_subscribers) {
        _next_look_at_subscribers = now + std::clamp<millis_t>(_options.stall_timeout_ms / looks_per_stall,
                                                               min_tick_ms, longest_look_ms);
        _subscribers.tick(now);
    }
    for (const subscriber_connections_t::cut_t &cut : _subscribers.take_cuts()) {
        _counters.cut_off.add(1);
        _log.warning("a subscriber was cut off, node ", cut.node_id, ": ", text_of(cut.reason));
    }
}

void service_t::handle_monitors()
{
    _receivers.drain_events(_polled, [this](receiver_id_t id, const connection_event_t &event) {
        _peers.rooms().watch.changed(id, event);
    });
}

// Changes are told at once after a pause, and at intervals while they go on.
void service_t::tell_news(millis_t now)
{
    _peers.rooms().reports.report(now);
    if (!_state.local.log_waits() || now < _tell_changes_at)
        return;
    _tell_changes_at = now + change_spacing_ms;
    _server.news().tell_changes();
}

void service_t::tick(millis_t now)
{
    if (now >= _operations.next_deadline())
        _operations.expire(now);
    if (now < _next_tick)
        return;
    end_bindings(now, ETIMEDOUT);
    const auto interval = std::clamp<millis_t>(_options.heartbeat_ms / 4, min_tick_ms, max_tick_ms);
    _next_tick = now + interval;
    if (now >= _next_troubles)
        log_troubles(now);
    _peers.tick(now, interval);
    _peers.rooms().rivals.report();
    _server.tend_callers(now);
    tend_subscribers(now);
    _gone_topics.tend();
    if (now < _next_heartbeat)
        return;
    _next_heartbeat = now + _options.heartbeat_ms;
    // Receivers that were closed when there was no memory to say so.
    while (const std::optional<receiver_id_t> closed = _receivers.find_closed())
        do_remove_receiver(*closed);
    _receivers.touch();
    tell_ends_and_losses(now);
    _server.heartbeat(now, _options.heartbeat_ms);
    _membership.heartbeat(now);
}

void service_t::log_troubles(millis_t now)
{
    _next_troubles = now + troubles_ms;
    if (!logs(log_level_t::warning))
        return;
    if (const std::uint64_t more = std::exchange(_cut_short, 0))
        _log.warning(counted(more, "turn"), " of the service thread cut short: no memory");
    stats_t stats;
    count(stats);
    const std::uint64_t malformed = stats.malformed + _receivers.malformed();
    const std::uint64_t lost = _receivers.lost();
    if (const std::uint64_t more = malformed - std::exchange(_told.malformed, malformed))
        _log.warning(counted(more, "malformed message"), " arrived");
    if (const std::uint64_t more = lost - std::exchange(_told.lost, lost))
        _log.warning(counted(more, "message"), " for this node lost");
    if (const std::uint64_t more = stats.overflowed - std::exchange(_told.overflowed, stats.overflowed))
        _log.warning(counted(more, "message"), " of this node lost on the way to others");
    log_oversized();
}

void service_t::log_oversized()
{
    const std::optional<oversized_t::seen_t> seen = _oversized->take();
    if (!seen)
        return;
    std::string owner = "another node";
    _peers.rooms().table.each([&](const peer_t &peer) {
        const auto &shake = peer.handshake;
        if (shake.has_id() && shake.id().source() == seen->source)
            owner = name_in_log(shake.id(), peer.announced.name) + " at " + peer.spelled();
    });
    _log.warning(counted(seen->count, "message"), " dropped, larger than max_message_bytes (",
                 _options.max_message_bytes, "): the last has ", seen->bytes, " bytes, of topic ",
                 quoted(seen->topic), " from ", owner);
}
}
