// The other half of server_t: the relay, which hands the node's own messages to plain subscribers.
//
// With overflow "block" a frame is held until each of its subscribers has room for its next message.
// Meanwhile the relay reads no further, so that the XPUB has no room either, and publishers wait. Else what
// finds no room is lost for that subscriber, and counted; so is what the XPUB dropped on the way to here,
// which shows as a gap in the numbers.
#include <utility>

#include "spot/base/no_memory.hpp"
#include "spot/cluster/server.hpp"
#include "spot/wire/data.hpp"

namespace spot
{
namespace
{
constexpr int frames_per_turn = 256;
}

void server_t::process_relay()
{
    _relaying.unfinished = false;
    int handled = 0;
    do {
        while (_relaying.held || next_frame()) {
            _relaying.held = true; // also when it is cut short
            _relaying.held = !relay_frame();
            if (_relaying.held) {
                _relay.events(); // the rest stays there: only room wakes this thread for it
                return;
            }
            if (++handled == frames_per_turn) {
                _relaying.unfinished = true;
                return;
            }
        }
    } while ((_relay.events() & socket_t::readable) != 0);
}

// False: there is none now.
bool server_t::next_frame()
{
    while (_relaying.taken || _relay.recv(_relaying.head) == 0) {
        if (!_relaying.taken && _relaying.head.more())
            _relay.recv(_relaying.body);
        _relaying.taken = true; // what throws is looked at again
        const std::string_view body = _relaying.body.view();
        wire::data_frame_t frame;
        const bool sound =
            wire::read_data(_relaying.head.view(), _relaying.head.more() ? &body : nullptr, frame);
        _relaying.topic = std::string(frame.header.topic);
        _relaying.batch = frame.batch;
        _relaying.large = frame.large;
        _relaying.payload = frame.payload;
        _relaying.left = frame.count;
        const auto found = _subscribers.find(_relaying.topic);
        _relaying.taken = false;
        if (!sound || found == _subscribers.end()) // the node's own frames are well-formed
            continue;
        count_gap(found->second, frame.header);
        return true;
    }
    return false;
}

// A number lower than expected is a topic that was made anew.
void server_t::count_gap(relayed_topic_t &topic, const wire::data_header_t &header)
{
    if (topic.next_seq > 0 && header.seq > topic.next_seq)
        count_overflow(_relaying.topic, (header.seq - topic.next_seq) * topic.subscribers.size());
    topic.next_seq = header.seq + _relaying.left;
}

void server_t::count_overflow(const std::string &topic, std::uint64_t count)
{
    _counters.overflowed.add(count);
    if (const std::shared_ptr<outlet_t> outlet = _publisher.find(topic))
        outlet->overflowed.add(count);
}

// False: one of the subscribers has no room for the next message, and the others are to wait for it.
bool server_t::relay_frame()
{
    for (; _relaying.left > 0; --_relaying.left) {
        const auto found = _subscribers.find(_relaying.topic);
        if (found == _subscribers.end())
            return true;
        if (_block && !all_have_room(found->second))
            return false;
        // A copy: sending forgets those that are gone.
        const std::vector<std::string> ids(found->second.subscribers.begin(),
                                           found->second.subscribers.end());
        if (_relaying.batch) {
            raw_message_t message(wire::first_record(_relaying.payload));
            wire::next_record(_relaying.payload);
            relay_message(ids, std::move(message));
        } else if (_relaying.large)
            relay_message(ids, _relaying.body.share());
        else
            relay_message(ids, raw_message_t(_relaying.payload));
    }
    return true;
}

bool server_t::all_have_room(const relayed_topic_t &topic)
{
    for (const std::string &id : topic.subscribers) {
        caller_t *const caller = caller_of(id);
        if (!caller || caller->backlog->has_room_or_wakes(load_t::message))
            continue;
        if (id != _relaying.slow || !_relaying.held) {
            _relaying.slow = id;
            _relaying.released = caller->backlog->released();
            _relaying.stalled_for = 0;
        }
        return false;
    }
    return true;
}

void server_t::relay_message(const std::vector<std::string> &subscribers, raw_message_t payload)
{
    // Whoever there is no memory for misses it.
    for (const std::string &id : subscribers) {
        bool sent = false;
        if (!attempt([&] { sent = send_message(id, payload); }) || !sent)
            count_overflow(_relaying.topic, 1);
    }
}

// False: there was no room. Whoever is gone has lost nothing.
bool server_t::send_message(const std::string &id, raw_message_t &payload)
{
    const client_t *const client = find_client(id);
    const caller_t *const caller = client ? caller_of(id) : nullptr;
    if (!caller)
        return true;
    const std::shared_ptr<client_backlog_t> backlog = caller->backlog;
    if (!backlog->has_room(load_t::message))
        return false;
    std::vector<raw_message_t> message = head_of(id, client->delimiter, 3);
    message.emplace_back(std::string_view("\x01", 1));
    const std::size_t cost = client_backlog_t::cost_of(id.size()) + client_backlog_t::cost_of(1) +
                             client_backlog_t::cost_of(_relaying.topic.size()) +
                             client_backlog_t::cost_of(payload.size());
    message.push_back(backlog->charge(_relaying.topic, cost, load_t::message));
    message.push_back(payload.share());
    send_to(id, message);
    return true;
}
}
