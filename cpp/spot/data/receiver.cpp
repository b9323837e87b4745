#include "spot/data/receiver.hpp"

#include <cerrno>
#include <utility>

#include "spot/base/errors.hpp"
#include "spot/base/interrupt.hpp"
#include "spot/data/backlog.hpp"
#include "spot/transport/poll.hpp"
#include "spot/wire/data.hpp"

namespace spot
{
namespace
{
struct many_t
{
    std::vector<delivery_t> &out;
    std::size_t max;
};
}

int receiver_t::open(const std::shared_ptr<ctx_state_t> &ctx, const receiver_options_t &options,
                     const std::string &own, const wire::node_id_t &own_id)
{
    const lock_t lock(_mutex);
    if (_closed)
        return fail(ENOTSOCK);
    _own_id = own_id;
    _max_message_bytes = options.max_message_bytes;
    _oversized = options.oversized;
    _flusher = options.flusher;
    _pending.set_limits(static_cast<std::size_t>(options.recv_hwm), options.recv_hwm_bytes);
    socket_options_t socket;
    socket.send_hwm = 0; // filters: libzmq drops them in silence beyond a limit
    socket.recv_hwm = receiving_mark(options.recv_hwm, options.recv_hwm_bytes);
    socket.linger_ms = options.linger_ms;
    socket.keepalive = true;
    socket.max_message_bytes = largest_frame(options.max_message_bytes, options.recv_hwm_bytes);
    if (_socket.open(ctx, socket_kind_t::xsub, socket) != 0 || _socket.connect(own) != 0)
        return -1;
    _directed = wire::directed_filter(own_id, options.id);
    _socket.subscribe(_directed);
    _socket_fd = _socket.fd();
    _sources.emplace(own_id.source(), own_id);
    return 0;
}

void receiver_t::close()
{
    const lock_t lock(_mutex);
    if (_closed)
        return;
    _closed = true;
    call_back(true);
    update_signal();
    // They wake at once, and let go of the socket's descriptor before it is closed.
    while (_waiters > 0)
        _no_waiters.wait(_mutex);
    _cursor.drop();
    _pending.clear();
    _socket.end_monitor();
    _socket.close();
}

bool receiver_t::closed() const
{
    const lock_t lock(_mutex);
    return _closed;
}

// --- taking messages -----------------------------------------------------------------------------------

take_t receiver_t::try_take(delivery_t &out)
{
    if (!_mutex.try_lock())
        return take_t::busy;
    const take_t result = attempt_one(&out);
    update_signal();
    _mutex.unlock();
    return result;
}

take_t receiver_t::try_take_many(std::vector<delivery_t> &out, std::size_t max)
{
    if (!_mutex.try_lock())
        return take_t::busy;
    many_t many{out, max};
    const take_t result = attempt_many(&many);
    update_signal();
    _mutex.unlock();
    return result;
}

take_t receiver_t::try_take_run(delivery_t &out, run_t &run)
{
    if (!_mutex.try_lock())
        return take_t::busy;
    _handed_slot.reset();
    const take_t result = attempt_one(&out);
    if (result == take_t::got && !_cursor.empty() && _waiters == 0)
        hand_out(run);
    update_signal();
    _mutex.unlock();
    return result;
}

void receiver_t::hand_out(run_t &run)
{
    _cursor.swap(run.cursor);
    run.generation = _generation.load(std::memory_order_relaxed);
    run.watched = _exported != nullptr;
    const frame_t &frame = *run.cursor.frame();
    _handed_slot = frame.slot;
    _handed_id = frame.node_id;
    _handed_unwanted = false;
}

void receiver_t::call_back(bool unwanted)
{
    _handed_unwanted = _handed_unwanted || unwanted;
    _generation.fetch_add(1, std::memory_order_release);
}

void receiver_t::give_back(run_t &run)
{
    const lock_t lock(_mutex);
    if (!_closed && !_handed_unwanted)
        _cursor.swap(run.cursor);
    run.cursor.drop();
    _handed_slot.reset();
    update_signal();
}

take_t receiver_t::take(delivery_t &out, const deadline_t &deadline)
{
    return wait_until(&receiver_t::attempt_one, &out, deadline);
}

take_t receiver_t::take_many(std::vector<delivery_t> &out, std::size_t max, const deadline_t &deadline)
{
    many_t many{out, max};
    return wait_until(&receiver_t::attempt_many, &many, deadline);
}

take_t receiver_t::wait(const deadline_t &deadline)
{
    return wait_until(&receiver_t::attempt_ready, nullptr, deadline);
}

take_t receiver_t::attempt_one(void *context)
{
    if (_closed)
        return take_t::closed;
    if (!ensure_current())
        return take_t::empty;
    take_current(*static_cast<delivery_t *>(context));
    return take_t::got;
}

take_t receiver_t::attempt_many(void *context)
{
    if (_closed)
        return take_t::closed;
    many_t &many = *static_cast<many_t *>(context);
    std::size_t taken = 0;
    for (; taken < many.max && ensure_current(); ++taken) {
        many.out.emplace_back();
        take_current(many.out.back());
    }
    return taken ? take_t::got : take_t::empty;
}

take_t receiver_t::attempt_ready(void *)
{
    if (_closed)
        return take_t::closed;
    return ensure_current() ? take_t::got : take_t::empty;
}

take_t receiver_t::wait_until(attempt_t attempt, void *context, const deadline_t &deadline)

{
    for (;;) {
        _mutex.lock();
        const take_t result = (this->*attempt)(context);
        if (result != take_t::empty || deadline.passed()) {
            update_signal();
            _mutex.unlock();
            return result;
        }
        ++_waiters;
        set_signal(_closed); // nothing else is there: the attempt has looked
        _mutex.unlock();

        if (_flusher && _flusher->pending())
            _flusher->flush_now();
        const int fds[2] = {_socket_fd, _signal.fd()};
        const int ready = wait_readable(fds, 2, deadline.left(interrupt_slice_ms));
        const bool signalled = ready < 0 && errno == EINTR;

        _mutex.lock();
        if (--_waiters == 0)
            _no_waiters.notify_all();
        update_signal();
        _mutex.unlock();
        if (signalled && !interrupt_hook().load(std::memory_order_relaxed))
            return take_t::interrupted;
        if (ready <= 0 && interrupted())
            return take_t::interrupted;
    }
}

void receiver_t::update_signal()
{
    bool wanted = _closed;
    if (!wanted && (_waiters > 0 || _exported))
        wanted = !_cursor.empty() || _handed_slot || !_pending.empty() ||
                 (_socket.events() & socket_t::readable) != 0;
    set_signal(wanted);
}

void receiver_t::set_signal(bool on)
{
    if (on == _signalled)
        return;
    _signalled = on;
    if (on)
        _signal.set();
    else
        _signal.clear();
}

int receiver_t::fd()
{
    const lock_t lock(_mutex);
    if (_closed)
        return fail(ENOTSOCK);
    if (!_exported) {
        call_back(false);
        _exported = std::make_unique<readiness_t>(std::initializer_list<int>{_socket_fd, _signal.fd()});
        update_signal();
    }
    return _exported->fd();
}

// --- the cursor ----------------------------------------------------------------------------------------

bool receiver_t::ensure_current()
{
    if (!_cursor.empty()) {
        if (_cursor_epoch == _epoch)
            return true;
        _cursor_epoch = _epoch;
        if (wanted(*_cursor.frame()->slot))
            return true;
        _cursor.drop();
    }
    while (_cursor.empty()) {
        ref_t<frame_t> frame = next_frame();
        if (!frame)
            return false;
        activate(std::move(frame));
    }
    return true;
}

void receiver_t::take_current(delivery_t &out)
{
    _cursor.next(out);
    _received.add(1);
    _bytes_received.add(out.payload.size());
}

bool receiver_t::activate(ref_t<frame_t> frame)
{
    if (frame->barrier) {
        conclude(frame->source, _ends.pass(frame->source, frame->seq));
        return false;
    }
    topic_slot_t &slot = *frame->slot;
    if (!wanted(slot))
        return false;
    if (frame->count == 0) {
        take_mark(slot, frame->source, frame->seq);
        return false;
    }
    std::uint64_t lost = advance(slot, frame->source, frame->seq, frame->count, frame->payload_bytes());
    for (auto carried = slot.carried.begin(); carried != slot.carried.end();) {
        if (carried->first == frame->source) {
            lost += carried->second;
            carried = slot.carried.erase(carried);
        } else {
            ++carried;
        }
    }
    _cursor.begin(std::move(frame), lost);
    _cursor_epoch = _epoch;
    return true;
}

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
    for (;;) {
        raw_message_t head;
        if (_socket.recv(head) != 0)
            return nullptr;
        raw_message_t body;
        const bool multipart = head.more();
        bool extra = false;
        if (multipart) {
            _socket.recv(body);
            raw_message_t rest;
            for (bool more = body.more(); more; more = rest.more()) {
                extra = true;
                if (_socket.recv(rest) != 0)
                    break;
            }
        }
        if (extra) {
            _malformed.add(1);
            continue;
        }
        if (ref_t<frame_t> frame = build_frame(std::move(head), std::move(body), multipart))
            return frame;
    }
}

// Too large: what is left is a mark, so that the message is missed by its number.
void receiver_t::drop_payload(frame_t &frame)
{
    if (_oversized)
        _oversized->note(frame.slot->name, frame.source, frame.payload.size());
    frame.count = 0;
    frame.payload = {};
    frame.body = raw_message_t();
    frame.head = raw_message_t();
}

ref_t<frame_t> receiver_t::build_frame(raw_message_t head, raw_message_t body, bool multipart)
{
    ref_t<frame_t> frame = ref_t<frame_t>::adopt(new frame_t);
    frame->head = std::move(head);
    wire::data_header_t header;
    if (wire::is_directed(frame->head.view()))
        return multipart ? nullptr : build_barrier(frame->head.view());
    // The topic is validated when its slot is made, once, not for every frame.
    if (!wire::parse_data(frame->head.view(), header, false)) {
        _malformed.add(1);
        return nullptr;
    }
    frame->large = (header.flags & wire::flag_large) != 0;
    frame->batch = (header.flags & wire::flag_batch) != 0;
    frame->count = 1;
    if (frame->large != multipart || (frame->batch && !wire::count_records(header.payload, frame->count))) {
        _malformed.add(1);
        return nullptr;
    }
    const auto source = _sources.find(header.source);
    if (source == _sources.end()) { // a peer that was removed
        _ignored.add(1);
        return nullptr;
    }
    topic_slot_t *slot = slot_of(header.topic);
    if (!slot) {
        _malformed.add(1);
        return nullptr;
    }
    slot->retain();
    frame->slot = ref_t<topic_slot_t>::adopt(slot);
    frame->node_id = source->second;
    frame->source = header.source;
    frame->seq = header.seq;
    frame->body = std::move(body);
    frame->payload = frame->large ? frame->body.view() : header.payload;
    if (frame->payload.size() > _max_message_bytes && !frame->batch)
        drop_payload(*frame);
    return frame;
}
}
