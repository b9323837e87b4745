#include "spot/data/receiver.hpp"

#include <cerrno>
#include <new>
#include <utility>

#include "spot/base/errors.hpp"
#include "spot/base/interrupt.hpp"
#include "spot/base/no_memory.hpp"
#include "spot/data/backlog.hpp"
#include "spot/transport/poll.hpp"
#include "spot/transport/socket_profiles.hpp"
#include "spot/wire/data.hpp"

namespace spot
{
namespace
{
struct many_t
{
    receiver_t::taker_t &out;
    std::size_t max;
};
}

receiver_t::turn_t::turn_t(receiver_t &receiver) : _receiver(receiver)
{
    receiver._mutex.lock();
}

receiver_t::turn_t::turn_t(receiver_t &receiver, std::adopt_lock_t) : _receiver(receiver) {}

receiver_t::turn_t::~turn_t()
{
    const int error = errno; // the caller's result
    if (!_signal_is_right)
        _receiver.update_signal();
    _receiver._mutex.unlock();
    errno = error;
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
    const socket_profile_t profile =
        data_receiver_profile(receiving_mark(options.recv_hwm, options.recv_hwm_bytes), options.linger_ms,
                              largest_frame(options.max_message_bytes, options.recv_hwm_bytes));
    if (_socket.open(ctx, profile) != 0 || _socket.connect(own) != 0)
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
    _lender.call_back(run_lender_t::fate_t::drop);
    update_signal();
    // They wake at once, and let go of the socket's descriptor before it is closed.
    while (_waiters > 0)
        _no_waiters.wait(_mutex);
    _cursor.drop();
    _next.reset();
    _arrival = {};
    _arrival_waits = false;
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
    const turn_t turn(*this, std::adopt_lock);
    return attempt_one(&out);
}

take_t receiver_t::try_take_run(delivery_t &out, run_t &run)
{
    if (!_mutex.try_lock())
        return take_t::busy;
    const turn_t turn(*this, std::adopt_lock);
    _lender.end();
    const take_t result = attempt_one(&out);
    if (result == take_t::got && !_cursor.empty() && _waiters == 0)
        _lender.lend(_cursor, run, _exported != nullptr);
    return result;
}

void receiver_t::give_back(run_t &run)
{
    const turn_t turn(*this);
    _lender.take_back(run, _cursor, !_closed);
}

take_t receiver_t::take(delivery_t &out, const deadline_t &deadline)
{
    return wait_until(&receiver_t::attempt_one, &out, deadline);
}

take_t receiver_t::take_many(taker_t &out, std::size_t max, const deadline_t &deadline)
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
    try {
        for (; taken < many.max && ensure_current(); ++taken) {
            take_current(many.out.room());
            many.out.filled();
        }
    } catch (const std::bad_alloc &) {
        if (taken == 0)
            throw; // the next call finds it
    }
    return taken ? take_t::got : take_t::empty;
}

take_t receiver_t::attempt_ready(void *)
{
    if (_closed)
        return take_t::closed;
    return ensure_current() ? take_t::got : take_t::empty;
}

take_t receiver_t::wait_until(attempt_t attempt_it, void *context, const deadline_t &deadline)
{
    for (;;) {
        {
            turn_t turn(*this);
            const take_t result = (this->*attempt_it)(context);
            if (result != take_t::empty || deadline.passed())
                return result;
            ++_waiters;
            set_signal(_closed); // nothing else is there: the attempt has looked
            turn.leave_signal();
        }
        if (_flusher && _flusher->pending())
            attempt([&] { _flusher->flush_now(); }); // or its thread does
        const int fds[2] = {_socket_fd, _signal.fd()};
        const int ready = wait_readable(fds, 2, deadline.left(interrupt_slice_ms));
        const bool signalled = ready < 0 && errno == EINTR;
        {
            const turn_t turn(*this);
            if (--_waiters == 0)
                _no_waiters.notify_all();
        }
        if (signalled && !interrupt_hook().load(std::memory_order_relaxed))
            return take_t::interrupted;
        if (ready <= 0 && interrupted())
            return take_t::interrupted;
    }
}

bool receiver_t::something_waits()
{
    return !_cursor.empty() || _lender.is_out() || _next || _arrival_waits || !_pending.empty() ||
           (_socket.events() & socket_t::readable) != 0;
}

void receiver_t::update_signal()
{
    set_signal(_closed || ((_waiters > 0 || _exported) && something_waits()));
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
    const turn_t turn(*this);
    if (_closed)
        return fail(ENOTSOCK);
    if (!_exported) {
        _lender.call_back(run_lender_t::fate_t::go_on);
        _exported = std::make_unique<readiness_t>(std::initializer_list<int>{_socket_fd, _signal.fd()});
    }
    return _exported->fd();
}

// --- the cursor ----------------------------------------------------------------------------------------

bool receiver_t::ensure_current()
{
    if (!_cursor.empty()) {
        if (_cursor_epoch == _topics.epoch())
            return true;
        const bool still_wanted = _topics.wanted(*_cursor.frame()->slot);
        _cursor_epoch = _topics.epoch();
        if (still_wanted)
            return true;
        _cursor.drop();
    }
    while (_cursor.empty()) {
        if (!_next)
            _next = next_frame();
        if (!_next)
            return false;
        activate_next();
    }
    return true;
}

// Without memory for what it takes, the frame stays where it is.
void receiver_t::activate_next()
{
    activate(_next);
    _next.reset();
}

void receiver_t::take_current(delivery_t &out)
{
    _cursor.next(out);
    _received.add(1);
    _bytes_received.add(out.payload.size());
}

void receiver_t::activate(ref_t<frame_t> &frame)
{
    if (frame->barrier)
        return conclude(frame->source, frame->seq);
    topic_slot_t &slot = *frame->slot;
    if (!_topics.wanted(slot))
        return;
    if (frame->count == 0)
        return take_mark(slot, frame->source, frame->seq);
    std::uint64_t lost = advance(slot, frame->source, frame->seq, frame->count, frame->payload_bytes());
    lost += slot.losses.take_untold(frame->source);
    _cursor.begin(std::move(frame), lost);
    _cursor_epoch = _topics.epoch();
}
}
