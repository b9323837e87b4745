#include "spot/cluster/relay.hpp"

#include <utility>

#include "spot/base/no_memory.hpp"
#include "spot/transport/socket_profiles.hpp"

namespace spot
{
namespace
{
constexpr int frames_per_relay_turn = 256;
}

int relay_t::open(const std::shared_ptr<ctx_state_t> &ctx, const std::string &own)
{
    return _socket.open(ctx, relay_profile()) == 0 && _socket.connect(own) == 0 ? 0 : -1;
}

void relay_t::add(const std::string &topic, const std::string &address)
{
    if (!_topics.has(topic)) {
        _socket.subscribe(wire::exact_filter(topic));
        _publisher.settle();
    }
    _topics.add(topic, address);
}

void relay_t::remove(const std::string &topic, const std::string &address)
{
    _topics.remove(topic, address);
    if (!_topics.has(topic)) // without memory for the filter, next_frame() drops what comes
        attempt([&] { _socket.unsubscribe(wire::exact_filter(topic)); });
}

void relay_t::process()
{
    _unfinished = false;
    int handled = 0;
    do {
        while (_held || next_frame()) {
            _held = true; // also when relay_frame() throws
            _held = !relay_frame();
            if (_held) {
                _socket.events(); // what waits there wakes this thread no more: only room does
                return;
            }
            if (++handled == frames_per_relay_turn) {
                _unfinished = true;
                return;
            }
        }
    } while ((_socket.events() & socket_t::readable) != 0);
}

// False: there is none now.
bool relay_t::next_frame()
{
    while (_frame.taken || _socket.recv(_frame.head) == 0) {
        if (!_frame.taken && _frame.head.more())
            _socket.recv(_frame.body);
        _frame.taken = true; // a frame for which there is no memory is looked at again
        const std::string_view body = _frame.body.view();
        wire::data_frame_t read;
        const bool sound = wire::read_data(_frame.head.view(), _frame.head.more() ? &body : nullptr, read);
        _frame.topic = std::string(read.header.topic);
        _frame.batch = read.batch;
        _frame.large = read.large;
        _frame.payload = read.payload;
        _frame.messages_left = read.count;
        const bool wanted = sound && _topics.has(_frame.topic); // the node's own frames are sound
        _frame.taken = false;
        if (!wanted)
            continue;
        if (const std::uint64_t missed = _topics.missed(_frame.topic, read.header.seq, read.count))
            count_overflow(missed);
        return true;
    }
    return false;
}

// False: one of the subscribers has no room for the next message, and the others are to wait for it.
bool relay_t::relay_frame()
{
    for (; _frame.messages_left > 0; --_frame.messages_left) {
        const registry::relayed_topics_t::client_addresses_t *const addresses =
            _topics.subscribers(_frame.topic);
        if (!addresses)
            return true;
        if (_block && !all_have_room(*addresses))
            return false;
        // A copy: sending forgets subscribers that are gone.
        const std::vector<std::string> copy(addresses->begin(), addresses->end());
        relay_message(copy, next_message());
    }
    return true;
}

raw_message_t relay_t::next_message()
{
    if (_frame.large)
        return _frame.body.share();
    if (!_frame.batch)
        return raw_message_t(_frame.payload);
    raw_message_t message(wire::first_record(_frame.payload));
    wire::next_record(_frame.payload);
    return message;
}

bool relay_t::all_have_room(const registry::relayed_topics_t::client_addresses_t &addresses)
{
    for (const std::string &address : addresses) {
        client_backlog_t *const backlog = _out.backlog(address);
        if (!backlog || backlog->has_room_or_wakes(load_t::message))
            continue;
        _stall.wait_for(address, backlog->released());
        return false;
    }
    return true;
}

// A subscriber for whose message there is no memory misses it.
void relay_t::relay_message(const std::vector<std::string> &addresses, raw_message_t payload)
{
    for (const std::string &address : addresses) {
        bool sent = false;
        if (!attempt([&] { sent = send(address, payload); }) || !sent)
            count_overflow(1);
    }
}

// False: there was no room. A subscriber that is gone has lost nothing.
bool relay_t::send(const std::string &address, raw_message_t &payload)
{
    const client_t *const client = _clients.find(address);
    return !client || _out.publish(address, client->delimiter, _frame.topic, payload);
}

void relay_t::count_overflow(std::uint64_t count)
{
    _counters.overflowed.add(count);
    if (const std::shared_ptr<outlet_t> outlet = _publisher.find(_frame.topic))
        outlet->overflowed.add(count);
}
}
