// The other half of receiver_t: subscriptions, topic slots and connections.
#include <algorithm>
#include <cerrno>
#include <new>
#include <utility>

#include "spot/base/errors.hpp"
#include "spot/base/no_memory.hpp"
#include "spot/data/receiver.hpp"
#include "spot/wire/data.hpp"
#include "spot/wire/names.hpp"

namespace spot
{
namespace
{
// Slots of topics that nobody here wants (a pattern's prefix let them through) only cache that verdict.
constexpr std::size_t slots_before_sweep = 4096;
// How much of a queue is searched for what a subscription leaves behind: a publisher may fill it for ever.
constexpr std::size_t max_searched_frames = 65536;
constexpr std::size_t max_ended = 4096;
}

// --- subscriptions -------------------------------------------------------------------------------------

std::vector<std::string> receiver_t::subscribe(const std::vector<std::string> &names)
{
    std::vector<std::string> added;
    const turn_t turn(*this);
    if (_closed)
        return added;
    std::vector<std::string> filters; // that were asked for
    added.reserve(names.size());
    filters.reserve(names.size());
    ++_epoch;
    try {
        for (const std::string &name : names) {
            std::string copy = name, filter;
            bool needed = false;
            if (!_subscriptions.add(name, filter, needed))
                continue;
            added.push_back(std::move(copy));
            if (needed)
                _socket.subscribe(filter);
            filters.push_back(std::move(filter));
        }
    } catch (const std::bad_alloc &) { // or nobody would ever ask for it
        for (std::size_t i = 0; i < added.size(); ++i)
            // A filter that stays lets through what is then dropped.
            if (_subscriptions.forget(added[i]) && i < filters.size())
                attempt([&]() SPOT_REQUIRES(_mutex) { _socket.unsubscribe(filters[i]); });
        throw;
    }
    return added;
}

int receiver_t::unsubscribe(const std::vector<std::string> &names, std::string *missing)
{
    const turn_t turn(*this);
    if (_closed)
        return fail(ENOTSOCK);
    for (const std::string &name : names) {
        if (!_subscriptions.contains(name)) {
            if (missing)
                *missing = name;
            return fail(ENOENT);
        }
    }
    unsubscribe_known(names);
    return 0;
}

void receiver_t::unsubscribe_all()
{
    const turn_t turn(*this);
    if (!_closed)
        unsubscribe_known(_subscriptions.list());
}

// All of them, or what throws has ended none. What is left of them is dropped as it is met, if there is no
// memory for doing it now.
void receiver_t::unsubscribe_known(const std::vector<std::string> &names)
{
    std::vector<std::string> filters(names.size());
    bool patterns = false;
    for (std::size_t i = 0; i < names.size(); ++i) {
        const bool pattern = wire::is_pattern(names[i]);
        filters[i] = pattern ? std::string(wire::literal_prefix(names[i])) : wire::exact_filter(names[i]);
        remember_end(names[i]);
        patterns = patterns || pattern;
    }
    ++_epoch;
    for (std::size_t i = 0; i < names.size(); ++i)
        if (_subscriptions.forget(names[i]))
            attempt([&]() SPOT_REQUIRES(_mutex) { _socket.unsubscribe(filters[i]); });
    for (const std::string &name : names)
        if (!wire::is_pattern(name))
            attempt([&]() SPOT_REQUIRES(_mutex) { drop_slot(name); });
    if (patterns)
        attempt([&]() SPOT_REQUIRES(_mutex) { drop_unwanted_slots(); });
    drop_unwanted_asides();
    attempt([&]() SPOT_REQUIRES(_mutex) { drop_unwanted_frames(); });
}

std::vector<std::string> receiver_t::subscriptions() const
{
    const lock_t lock(_mutex);
    return _subscriptions.list();
}

bool receiver_t::wants(std::string_view topic) const
{
    const lock_t lock(_mutex);
    return !_closed && _subscriptions.matches(topic);
}

void receiver_t::subscribe_token(const wire::token_t &token)
{
    const turn_t turn(*this);
    if (_closed)
        return;
    _socket.subscribe(wire::fence_prefix + token.encode());
}

void receiver_t::unsubscribe_token(const wire::token_t &token)
{
    const turn_t turn(*this);
    if (_closed)
        return;
    _socket.unsubscribe(wire::fence_prefix + token.encode());
}

// --- topic slots ---------------------------------------------------------------------------------------

bool receiver_t::wanted(topic_slot_t &slot)
{
    if (slot.epoch == _epoch)
        return slot.wanted;
    const std::string *const by = _subscriptions.match(slot.name);
    if (by) {
        slot.set_match(*by, slot.unshared());
    } else {
        end_streams(slot);
    }
    slot.wanted = by != nullptr;
    slot.epoch = _epoch;
    return slot.wanted;
}

// The topic's counts end with the subscription, their owners' do not.
void receiver_t::end_streams(topic_slot_t &slot)
{
    keep_streams(slot.losses.ledger());
    slot.losses.end();
}

// Places first: what throws has counted nothing.
void receiver_t::keep_streams(const registry::loss_ledger_t &ledger)
{
    ledger.each([&](wire::source_t source, const registry::stream_counts_t &)
                    SPOT_REQUIRES(_mutex) { _ended_streams[source]; });
    ledger.each([&](wire::source_t source, const registry::stream_counts_t &counts)
                    SPOT_REQUIRES(_mutex) { _ended_streams.find(source)->second += counts; });
}

topic_slot_t *receiver_t::slot_of(std::string_view topic)
{
    if (_last_slot && _last_slot->name == topic)
        return _last_slot;
    if (const auto *const found = _slots.find(topic))
        return _last_slot = found->get();
    if (!wire::valid_topic(topic))
        return nullptr;
    if (_slots.size() >= _sweep_at) {
        drop_unwanted_slots();
        _sweep_at = std::max(slots_before_sweep, 2 * _slots.size());
    }
    auto slot = ref_t<topic_slot_t>::adopt(new topic_slot_t(std::string(topic)));
    if (_pattern_ended != 0 || !_ended_names.empty()) {
        const millis_t now = now_ms();
        if (ended_lately(slot->name, now))
            slot->losses.forgive_first_gap(now + stray_ms);
    }
    topic_slot_t *const made = slot.get();
    _slots.insert(std::move(slot));
    take_up(*made);
    return _last_slot = made;
}

// For the forgiveness of a gap between two subscriptions to a name: see topic_losses_t.
void receiver_t::remember_end(const std::string &name)
{
    const millis_t now = now_ms();
    if (wire::is_pattern(name)) {
        _pattern_ended = now;
        return;
    }
    if (_ended_names.size() >= max_ended)
        _ended_names.clear();
    _ended_names[name] = now;
}

bool receiver_t::ended_lately(const std::string &topic, millis_t now)
{
    if (_pattern_ended != 0 && now - _pattern_ended > stray_ms)
        _pattern_ended = 0;
    const auto found = _ended_names.find(topic);
    if (found == _ended_names.end())
        return _pattern_ended != 0;
    const bool lately = now - found->second <= stray_ms;
    _ended_names.erase(found);
    return lately || _pattern_ended != 0;
}

void receiver_t::drop_slot(std::string_view topic)
{
    const auto *const found = _slots.find(topic);
    if (!found || wanted(**found))
        return;
    _last_slot = nullptr;
    _slots.erase(topic);
}

void receiver_t::drop_unwanted_slots()
{
    _last_slot = nullptr;
    _slots.erase_if([&](const ref_t<topic_slot_t> &slot) SPOT_REQUIRES(_mutex) { return !wanted(*slot); });
}

// What waits of an ended subscription must not come with a later one.
void receiver_t::drop_unwanted_frames()
{
    if (!_cursor.empty() && !wanted(*_cursor.frame()->slot))
        _cursor.drop();
    if (_handed_slot && !wanted(*_handed_slot))
        call_back(true);
    if (_next && !wanted(*_next))
        _next.reset();
    _pending.erase_if([&](const frame_t &frame) SPOT_REQUIRES(_mutex) { return !wanted(frame); });
    const auto receive = [&]() SPOT_REQUIRES(_mutex) { return receive_frame(); };
    for (std::size_t searched = 0; searched < max_searched_frames && _pending.push_from(receive); ++searched)
        if (!wanted(_pending.newest()))
            _pending.drop_newest();
}

// --- connections ---------------------------------------------------------------------------------------

int receiver_t::connect(const std::string &endpoint)
{
    const turn_t turn(*this);
    return _closed ? fail(ENOTSOCK) : _socket.connect(endpoint);
}

// Asked for ZMQ_EVENTS, libzmq takes in the first part of a message, and aborts when the connection is gone
// before the rest was read: so that message is taken out whole first.
void receiver_t::cut(const std::string &endpoint)
{
    _pending.push_from([&]() SPOT_REQUIRES(_mutex) { return receive_frame(); });
    _socket.disconnect(endpoint);
}

void receiver_t::disconnect(const std::string &endpoint)
{
    const turn_t turn(*this);
    if (_closed)
        return;
    cut(endpoint);
}

void receiver_t::retire(const std::string &endpoint)
{
    const turn_t turn(*this);
    if (_closed)
        return;
    // zmq_disconnect throws away what is queued. No more than a high-water mark of it is taken in: whoever
    // reads nothing loses the rest, and sees it by the numbers.
    const auto receive = [&]() SPOT_REQUIRES(_mutex) { return receive_frame(); };
    while (!_pending.full() && _pending.push_from(receive)) {
    }
    cut(endpoint);
}

void receiver_t::purge_source(const wire::node_id_t &id)
{
    const turn_t turn(*this);
    if (_closed)
        return;
    if (!_cursor.empty() && _cursor.frame()->node_id == id)
        _cursor.drop();
    if (_next && _next->node_id == id)
        _next.reset();
    if (_handed_slot && _handed_id == id)
        call_back(true);
    _pending.erase_if([&](const frame_t &frame) { return frame.node_id == id; });
}

void receiver_t::touch()
{
    const turn_t turn(*this);
    if (_closed)
        return;
    _socket.events();
}

void receiver_t::inject(raw_message_t message)
{
    const turn_t turn(*this);
    if (_closed)
        return;
    // A full queue drops here; the gap in the numbers tells the next message how many.
    arrival_t arrival{std::move(message), {}, false};
    if (!_pending.full())
        _pending.push_from([&]() SPOT_REQUIRES(_mutex) { return build_frame(arrival); });
}

int receiver_t::watch(const std::shared_ptr<ctx_state_t> &ctx, const std::string &name, monitor_t &monitor)
{
    const lock_t lock(_mutex);
    return _closed ? fail(ENOTSOCK) : monitor.open(ctx, _socket, name);
}

void receiver_t::unwatch()
{
    const lock_t lock(_mutex);
    if (!_closed)
        _socket.end_monitor();
}
}
