// The part of receiver_t that makes frames of what comes off the socket. What there is no memory for stays
// where it is, and is gone on with at the next call.
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
    while (_arrived.waits || take_off_socket()) {
        ref_t<frame_t> frame = build_frame(_arrived.head, _arrived.body, _arrived.multipart);
        _arrived.waits = false;
        if (frame)
            return frame;
        _arrived = {};
    }
    return nullptr;
}

bool receiver_t::take_off_socket()
{
    for (;;) {
        if (_socket.recv(_arrived.head) != 0)
            return false;
        _arrived.multipart = _arrived.head.more();
        _arrived.waits = true;
        if (!_arrived.multipart)
            return true;
        _socket.recv(_arrived.body);
        raw_message_t rest;
        bool extra = false;
        for (bool more = _arrived.body.more(); more; more = rest.more()) {
            extra = true;
            if (_socket.recv(rest) != 0)
                break;
        }
        if (!extra)
            return true;
        _malformed.add(1);
        _arrived = {};
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
ref_t<frame_t> receiver_t::build_frame(raw_message_t &head, raw_message_t &body, bool multipart)
{
    ref_t<frame_t> frame = ref_t<frame_t>::adopt(new frame_t);
    frame->head = std::move(head);
    bool filled = false;
    try {
        filled = fill_frame(*frame, body, multipart);
    } catch (const std::bad_alloc &) {
        head = std::move(frame->head);
        throw;
    }
    return filled ? std::move(frame) : nullptr;
}

bool receiver_t::fill_frame(frame_t &frame, raw_message_t &body, bool multipart)
{
    wire::data_header_t header;
    if (wire::is_directed(frame.head.view()))
        return !multipart && fill_barrier(frame);
    // The topic is validated when its slot is made, once, not for every frame.
    if (!wire::parse_data(frame.head.view(), header, false)) {
        _malformed.add(1);
        return false;
    }
    frame.large = (header.flags & wire::flag_large) != 0;
    frame.batch = (header.flags & wire::flag_batch) != 0;
    frame.count = 1;
    if (frame.large != multipart || (frame.batch && !wire::count_records(header.payload, frame.count))) {
        _malformed.add(1);
        return false;
    }
    const auto source = _sources.find(header.source);
    if (source == _sources.end()) { // a peer that was removed
        _ignored.add(1);
        return false;
    }
    topic_slot_t *slot = slot_of(header.topic);
    if (!slot) {
        _malformed.add(1);
        return false;
    }
    slot->retain();
    frame.slot = ref_t<topic_slot_t>::adopt(slot);
    frame.node_id = source->second;
    frame.source = header.source;
    frame.seq = header.seq;
    frame.body = std::move(body);
    frame.payload = frame.large ? frame.body.view() : header.payload;
    if (frame.payload.size() > _max_message_bytes && !frame.batch)
        drop_payload(frame);
    return true;
}
}
