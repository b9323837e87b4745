#include "spot/data/stream_writer.hpp"

#include <algorithm>
#include <new>
#include <utility>

#include "spot/base/no_memory.hpp"
#include "spot/base/take_out.hpp"

namespace spot
{
namespace
{
// How long after a subscriber was full marks are told again: by then it has drained, or it is stalled.
constexpr millis_t marks_repeated_ms = 10000;
// Of the room for messages, marks take no more at once.
constexpr std::size_t marks_share = 4;
}

int stream_writer_t::open(const std::shared_ptr<ctx_state_t> &ctx, socket_kind_t kind,
                          socket_options_t options, std::uint64_t hwm_bytes)
{
    const lock_t lock(_mutex);
    _backlog = std::make_shared<backlog_t>(options.send_hwm, hwm_bytes);
    options.send_hwm = sending_mark(options.send_hwm, hwm_bytes);
    if (_port->open(ctx, kind, options) != 0)
        return -1;
    if (options.send_hwm > 0)
        _marks_per_call = std::max<std::size_t>(1, static_cast<std::size_t>(options.send_hwm) / marks_share);
    return 0;
}

void stream_writer_t::close(send_t reason)
{
    const lock_t lock(_mutex);
    _closed_as = reason;
    _out.end();
    _unsettled.clear();
    _ended.clear();
    _unmarked.clear();
    _bursting.clear();
    if (_flusher)
        disarm_if_idle();
}

int stream_writer_t::with_socket(const std::function<int(socket_t &)> &use)
{
    const lock_t lock(_mutex);
    return _port->with_socket(use);
}

template <typename Send> send_t stream_writer_t::locked(bool wait_for_lock, Send send)
{
    if (wait_for_lock)
        _mutex.lock();
    else if (!_mutex.try_lock())
        return send_t::busy;
    send_t result;
    try {
        result = !_port->is_open() ? _closed_as : send();
    } catch (const std::bad_alloc &) {
        result = send_t::no_memory;
    } catch (...) {
        _mutex.unlock();
        throw;
    }
    _mutex.unlock();
    // The first message after a quiet spell tells the watcher to look by itself for a while.
    if (_watcher && !_active.load(std::memory_order_relaxed) &&
        !_active.exchange(true, std::memory_order_acq_rel))
        _watcher->set();
    return result;
}

send_t stream_writer_t::try_send(outlet_t &outlet, parcel_t &parcel, bool wait_for_lock)
{
    return locked(wait_for_lock, [&]() SPOT_REQUIRES(_mutex) { return send_locked(outlet, parcel); });
}

send_t stream_writer_t::try_publish(outlet_t &outlet, std::string_view payload, bool wait_for_lock)
{
    return locked(wait_for_lock, [&]() SPOT_REQUIRES(_mutex) { return publish_locked(outlet, payload); });
}

send_t stream_writer_t::send_locked(outlet_t &outlet, parcel_t &parcel)
{
    if (!sending_of(outlet).active)
        return send_t::gone;
    flush_open_bursts();
    return flush_burst(outlet) ? transmit(outlet, parcel) : send_t::full;
}

// As _when_full says for subscribers without room.
offer_t stream_writer_t::offer(wire_frame_t &frame)
{
    const offer_t result = _out.offer(frame);
    if (result != offer_t::full || _when_full != when_full_t::shed)
        return result;
    _shed_at = now_ms();
    return _out.offer_where_room(frame);
}

send_t stream_writer_t::transmit(outlet_t &outlet, parcel_t &parcel)
{
    registry::sent_stream_t &stream = sending_of(outlet).stream;
    const std::size_t size = parcel.size();
    wire::stamp(parcel.head.data(), outlet.topic().size(), parcel.flags(), outlet.source(), stream.next());
    expect_end(outlet); // before it leaves: afterwards nothing may fail
    if (_backlog->heeds(size) && !parcel.held)
        hold(parcel);
    const offer_t result = offer(parcel);
    if (result == offer_t::closed || result == offer_t::no_memory)
        return result == offer_t::closed ? send_t::closed : send_t::no_memory;
    const bool fits = result == offer_t::taken;
    if (!fits && _when_full != when_full_t::drop) {
        _port->expect_waiter();
        _shortage.store(true, std::memory_order_relaxed);
        return send_t::full;
    }
    if (parcel.relayed)
        stream.use_relayed(parcel.count);
    else
        stream.use(parcel.count);
    if (!fits)
        _dropped.add(parcel.count);
    else if (const std::size_t places = _backlog->places(size); places > 1)
        take_places(outlet, places);
    if (parcel.relayed) {
        _relayed.add(parcel.count);
        return send_t::sent;
    }
    stream.count_bytes(parcel.payload_bytes);
    if (!parcel.counted)
        count(parcel.count, parcel.payload_bytes);
    return send_t::sent;
}

void stream_writer_t::hold(parcel_t &parcel)
{
    // The larger part stands for both.
    _backlog->hold(parcel.large ? parcel.body : parcel.head);
    parcel.held = true;
}

// Marks that take the places which the bytes of a large frame are worth. Where there is no place left for
// them, or no memory, the frame goes without.
void stream_writer_t::take_places(outlet_t &outlet, std::size_t places)
{
    try {
        parcel_t mark = outlet.pack({});
        wire::stamp(mark.head.data(), outlet.topic().size(), wire::flag_batch, outlet.source(),
                    sending_of(outlet).stream.next());
        for (std::size_t taken = 1; taken < places; ++taken) {
            raw_message_t filler = mark.head.share();
            if (!_out.offer_filler(filler))
                return;
        }
    } catch (const std::bad_alloc &) {
        return;
    }
}

void stream_writer_t::count(std::uint64_t messages, std::uint64_t bytes)
{
    _messages.add(messages);
    _bytes.add(bytes);
}

void stream_writer_t::expect_end(outlet_t &outlet)
{
    bool &unsettled = sending_of(outlet).unsettled;
    if (unsettled)
        return;
    _unsettled.push_back(outlet.shared_from_this());
    unsettled = true;
}

void stream_writer_t::wait_for_room(int slice_ms)
{
    _out.wait(slice_ms);
}

void stream_writer_t::watch_activity(wakeup_t *wakeup)
{
    _port->share_descriptor();
    _watcher = wakeup;
}

void stream_writer_t::skip(outlet_t &outlet, std::uint64_t count)
{
    const lock_t lock(_mutex);
    sending_of(outlet).stream.use_relayed(count);
    _dropped.add(count);
    attempt([&]() SPOT_REQUIRES(_mutex) { expect_end(outlet); }); // or the next message says so
}

void stream_writer_t::break_down(const outlet_t &outlet, topic_stats_t &sum)
{
    const lock_t lock(_mutex);
    const sending_t &sending = sending_of(outlet);
    sum.published += sending.stream.own() + sending.waiting();
    sum.bytes_published += sending.stream.bytes() + (sending.burst ? sending.burst->payload_bytes() : 0);
    sum.relayed += sending.stream.relayed();
    sum.overflowed += outlet.overflowed.get();
}

void stream_writer_t::note_reached(bool all_of_it, const std::vector<std::shared_ptr<outlet_t>> &outlets)
{
    const lock_t lock(_mutex);
    const auto note = [&](const std::shared_ptr<outlet_t> &outlet)
                          SPOT_REQUIRES(_mutex) { sending_of(*outlet).stream.note_reached(all_of_it); };
    std::for_each(_unsettled.begin(), _unsettled.end(), note);
    std::for_each(outlets.begin(), outlets.end(), note);
}

std::uint64_t stream_writer_t::abandon(const std::string &endpoint,
                                       const std::vector<std::shared_ptr<outlet_t>> &outlets)
{
    const lock_t lock(_mutex);
    if (!_port->is_open())
        return 0;
    std::uint64_t sum = 0;
    for (const std::shared_ptr<outlet_t> &outlet : outlets) {
        const sending_t &sending = sending_of(*outlet);
        const std::uint64_t unreached = sending.stream.unreached() + sending.waiting();
        outlet->overflowed.add(unreached);
        sum += unreached;
    }
    // A node that listens there next is another one.
    _port->disconnect(endpoint);
    return sum;
}

std::uint64_t stream_writer_t::deactivate(outlet_t &outlet)
{
    const lock_t lock(_mutex);
    sending_t &sending = sending_of(outlet);
    bool flushed = !_port->is_open();
    if (!flushed)
        attempt([&]() SPOT_REQUIRES(_mutex) { flushed = flush_burst(outlet); });
    if (!flushed) {
        // No room: the numbers are used up, so that the receivers see what they missed.
        sending.stream.use(sending.waiting());
        sending.burst->discard();
        attempt([&]() SPOT_REQUIRES(_mutex) { expect_end(outlet); });
    }
    sending.active = false;
    return sending.stream.next();
}

bool stream_writer_t::send_mark(outlet_t &outlet)
{
    parcel_t mark = outlet.pack({});
    wire::stamp(mark.head.data(), outlet.topic().size(), wire::flag_batch, outlet.source(),
                sending_of(outlet).stream.next());
    return offer(mark) == offer_t::taken;
}

bool stream_writer_t::settle(bool all)
{
    const lock_t lock(_mutex);
    if (!_port->is_open())
        return true;
    const auto settled = [&](const std::shared_ptr<outlet_t> &outlet)
                             SPOT_REQUIRES(_mutex) { return settle_one(*outlet, all); };
    take_out_if(_unsettled, settled);
    send_marks(all);
    return _unsettled.empty() && _unmarked.empty();
}

bool stream_writer_t::settle_one(outlet_t &outlet, bool all)
{
    sending_t &sending = sending_of(outlet);
    const bool silent = sending.stream.settle();
    if (!(all || silent) || !flush_burst(outlet))
        return false;
    if (sending.stream.has_news()) {
        _ended.push_back({outlet.shared_from_this(), sending.stream.next()});
        sending.stream.note_told();
    }
    if (_marks_wanted.load(std::memory_order_relaxed) && !sending.mark_owed) {
        _unmarked.push_back(outlet.shared_from_this());
        sending.mark_owed = true;
    }
    sending.unsettled = false;
    return true;
}

std::vector<ended_t> stream_writer_t::take_ends()
{
    const lock_t lock(_mutex);
    return std::exchange(_ended, {});
}

void stream_writer_t::send_marks(bool all)
{
    const bool wanted = _marks_wanted.load(std::memory_order_relaxed);
    // A mark is dropped for a full subscriber like any message, so it is told again while one may be full.
    const bool again = _shed_at != 0 && now_ms() - _shed_at < marks_repeated_ms;
    std::size_t left = all || _marks_per_call == 0 ? _unmarked.size() : _marks_per_call;
    for (left = std::min(left, _unmarked.size()); left > 0; --left) {
        const std::shared_ptr<outlet_t> outlet = _unmarked.front();
        if (wanted && (!send_mark(*outlet) || again))
            _unmarked.push_back(outlet);
        else
            sending_of(*outlet).mark_owed = false;
        _unmarked.pop_front();
    }
}

void stream_writer_t::tell_ends(const std::vector<std::shared_ptr<outlet_t>> &outlets,
                                std::vector<ended_t> &ends)
{
    constexpr std::size_t outlets_per_turn = 1024; // others publish in between
    for (std::size_t at = 0; at < outlets.size();) {
        const lock_t lock(_mutex);
        for (const std::size_t end = std::min(at + outlets_per_turn, outlets.size()); at < end; ++at)
            if (const registry::sent_stream_t &stream = sending_of(*outlets[at]).stream; stream.begun())
                ends.push_back({outlets[at], stream.next()});
    }
}

void stream_writer_t::send_directed(std::string_view bytes)
{
    const lock_t lock(_mutex);
    if (!_port->is_open())
        return;
    wire_frame_t frame;
    frame.head = raw_message_t(bytes);
    // A full subscriber to everything must not keep the frame from the one that it is for.
    if (_out.offer(frame) == offer_t::full && _when_full == when_full_t::shed)
        _out.offer_where_room(frame);
}
}
