// The part of receiver_t that makes frames of the messages that come off the socket. A message for which
// there is no memory stays where it is until the next call.
#include <new>
#include <utility>

#include "spot/base/no_memory.hpp"
#include "spot/data/receiver.hpp"
#include "spot/wire/data.hpp"

namespace spot
{
ref_t<frame_t> receiver_t::next_frame()
{
    if (!_pending.empty())
        return _pending.pop();
    if (!_ended_sources.empty())
        forget_ended_sources();
    return receive_frame();
}

ref_t<frame_t> receiver_t::receive_frame()
{
    while (_arrival_waits || take_off_socket()) {
        ref_t<frame_t> frame = build_frame(_arrival);
        _arrival_waits = false;
        if (frame)
            return frame;
        _arrival = {};
    }
    return nullptr;
}

// False: nothing waits.
bool receiver_t::take_off_socket()
{
    for (;;) {
        switch (take_arrival(_socket, _arrival)) {
        case arrival_result_t::none:
            return false;
        case arrival_result_t::taken:
            _arrival_waits = true;
            return true;
        case arrival_result_t::malformed:
            _malformed.add(1);
            _arrival = {};
        }
    }
}

// Too large: what is left is a mark, so that the message is missed by its number.
void receiver_t::drop_payload(frame_t &frame)
{
    if (_oversized)
        attempt([&] { _oversized->note(frame.slot->name, frame.source, frame.payload.size()); });
    frame.count = 0;
    frame.payload = {};
    frame.body = raw_message_t();
    frame.head = raw_message_t();
}

// Null: it is to be left out. What throws leaves the message where it was.
ref_t<frame_t> receiver_t::build_frame(arrival_t &arrival)
{
    ref_t<frame_t> frame = ref_t<frame_t>::adopt(new frame_t);
    frame->head = std::move(arrival.head);
    bool filled = false;
    try {
        filled = fill_frame(*frame, arrival);
    } catch (const std::bad_alloc &) {
        arrival.head = std::move(frame->head);
        throw;
    }
    return filled ? std::move(frame) : nullptr;
}

// The first frame of the message is in `frame` already, because what is read of it are views.
bool receiver_t::fill_frame(frame_t &frame, arrival_t &arrival)
{
    if (wire::is_directed(frame.head.view()))
        return !arrival.multipart && fill_barrier(frame);
    const std::string_view body = arrival.body.view();
    wire::data_frame_t read;
    // The topic is validated when its slot is made, once, not for every frame.
    if (!wire::read_data(frame.head.view(), arrival.multipart ? &body : nullptr, read, false)) {
        _malformed.add(1);
        return false;
    }
    const auto source = _sources.find(read.header.source);
    if (source == _sources.end()) { // a peer that was removed
        _ignored.add(1);
        return false;
    }
    topic_slot_t *slot = _topics.ensure(read.header.topic);
    if (!slot) {
        _malformed.add(1);
        return false;
    }
    slot->retain();
    frame.slot = ref_t<topic_slot_t>::adopt(slot);
    frame.node_id = source->second;
    frame.source = read.header.source;
    frame.seq = read.header.seq;
    frame.count = read.count;
    frame.batch = read.batch;
    frame.large = read.large;
    frame.body = std::move(arrival.body);
    frame.payload = frame.large ? frame.body.view() : read.payload;
    if (frame.payload.size() > _max_message_bytes && !frame.batch)
        drop_payload(frame);
    return true;
}
}
