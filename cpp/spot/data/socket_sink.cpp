#include "spot/data/socket_sink.hpp"

#include <algorithm>
#include <cerrno>
#include <new>
#include <utility>

#include "spot/base/errors.hpp"
#include "spot/base/no_memory.hpp"
#include "spot/base/take_out.hpp"
#include "spot/transport/poll.hpp"

namespace spot
{
namespace
{
// How long after a subscriber was full marks are told again: by then it has drained, or it is stalled.
constexpr millis_t marks_repeated_ms = 10000;
// Of the room for messages, marks take no more at once.
constexpr std::size_t marks_share = 4;
}

int socket_sink_t::open(const std::shared_ptr<ctx_state_t> &ctx, socket_kind_t kind, socket_options_t options,
                        std::uint64_t hwm_bytes)
{
    const lock_t lock(_mutex);
    _backlog = std::make_shared<backlog_t>(options.send_hwm, hwm_bytes);
    options.send_hwm = sending_mark(options.send_hwm, hwm_bytes);
    if (_socket.open(ctx, kind, options) != 0)
        return -1;
    _fd.store(_socket.fd(), std::memory_order_relaxed);
    if (options.send_hwm > 0)
        _marks_per_call = std::max<std::size_t>(1, static_cast<std::size_t>(options.send_hwm) / marks_share);
    return 0;
}

void socket_sink_t::close(send_t reason)
{
    const lock_t lock(_mutex);
    _closed_as = reason;
    _fd.store(-1, std::memory_order_relaxed);
    _socket.close();
    _unsettled.clear();
    _ended.clear();
    _unmarked.clear();
    _bursting.clear();
    if (_flusher)
        disarm_if_idle();
}

int socket_sink_t::with_socket(const std::function<int(socket_t &)> &use)
{
    const lock_t lock(_mutex);
    if (!_socket.is_open())
        return fail(ENOTSOCK);
    const int result = use(_socket);
    // This use may have eaten the wake-up of a publisher that waits for room.
    if (_room && std::exchange(_starved, false))
        _room->set();
    return result;
}

template <typename Send> send_t socket_sink_t::locked(bool wait_for_lock, Send send)
{
    if (wait_for_lock)
        _mutex.lock();
    else if (!_mutex.try_lock())
        return send_t::busy;
    send_t result;
    try {
        result = !_socket.is_open() ? _closed_as : send();
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

send_t socket_sink_t::try_send(outlet_t &outlet, parcel_t &parcel, bool wait_for_lock)
{
    return locked(wait_for_lock, [&]() SPOT_REQUIRES(_mutex) { return send_locked(outlet, parcel); });
}

send_t socket_sink_t::try_publish(outlet_t &outlet, std::string_view payload, bool wait_for_lock)
{
    return locked(wait_for_lock, [&]() SPOT_REQUIRES(_mutex) { return publish_locked(outlet, payload); });
}

send_t socket_sink_t::send_locked(outlet_t &outlet, parcel_t &parcel)
{
    if (!outlet.active)
        return send_t::gone;
    flush_open_bursts();
    return flush_burst(outlet) ? transmit(outlet, parcel) : send_t::full;
}

bool socket_sink_t::offer(parcel_t &parcel)
{
    if (_socket.send(parcel.head, parcel.large) != 0)
        return false;
    // Once the first frame is in, libzmq takes the second whatever the high-water mark says.
    if (parcel.large)
        _socket.send(parcel.body);
    return true;
}

// XPUB always fails when a subscriber is full, because it does not tell when it drops. Once it has dropped
// for one, it sends to the others without failing until that one has drained to its low-water mark.
bool socket_sink_t::shed(parcel_t &parcel)
{
    _shed_at = now_ms();
    _socket.set_no_drop(false);
    const bool sent = offer(parcel);
    _socket.set_no_drop(true);
    return sent;
}

send_t socket_sink_t::transmit(outlet_t &outlet, parcel_t &parcel)
{
    const std::size_t size = parcel.head.size() + (parcel.large ? parcel.body.size() : 0);
    wire::stamp(parcel.head.data(), outlet.topic().size(), parcel.flags(), outlet.source(), outlet.next_seq);
    expect_end(outlet); // before it leaves: afterwards nothing may fail
    if (_backlog->heeds(size) && !parcel.held)
        hold(parcel);
    bool fits = offer(parcel);
    if (!fits && errno == EAGAIN) {
        // A send looks only now and then at what the I/O threads told; reading the events makes it look.
        _socket.events();
        fits = offer(parcel);
    }
    if (!fits && errno == EAGAIN && _when_full == when_full_t::shed)
        fits = shed(parcel);
    if (!fits && errno != EAGAIN)
        return errno == ENOMEM ? send_t::no_memory : send_t::closed;
    if (!fits && _when_full != when_full_t::drop) {
        _starved = true;
        _shortage.store(true, std::memory_order_relaxed);
        return send_t::full;
    }
    outlet.next_seq += parcel.count;
    if (!fits)
        _dropped.add(parcel.count);
    else if (const std::size_t places = _backlog->places(size); places > 1)
        take_places(outlet, places);
    if (parcel.relayed) {
        _relayed.add(parcel.count);
        outlet.relayed += parcel.count;
        return send_t::sent;
    }
    outlet.payload_bytes += parcel.payload_bytes;
    if (!parcel.counted)
        count(parcel.count, parcel.payload_bytes);
    return send_t::sent;
}

void socket_sink_t::hold(parcel_t &parcel)
{
    // The larger part stands for both.
    _backlog->hold(parcel.large ? parcel.body : parcel.head);
    parcel.held = true;
}

// Marks that take the places which the bytes of a large frame are worth. Where there is no place left for
// them, or no memory, the frame goes without.
void socket_sink_t::take_places(outlet_t &outlet, std::size_t places)
{
    try {
        parcel_t mark = outlet.pack({});
        wire::stamp(mark.head.data(), outlet.topic().size(), wire::flag_batch, outlet.source(),
                    outlet.next_seq);
        for (std::size_t taken = 1; taken < places; ++taken) {
            raw_message_t filler = mark.head.share();
            if (_socket.send(filler) != 0)
                return;
        }
    } catch (const std::bad_alloc &) {
        return;
    }
}

void socket_sink_t::count(std::uint64_t messages, std::uint64_t bytes)
{
    _messages.add(messages);
    _bytes.add(bytes);
}

void socket_sink_t::expect_end(outlet_t &outlet)
{
    if (outlet.unsettled)
        return;
    _unsettled.push_back(outlet.shared_from_this());
    outlet.unsettled = true;
}

void socket_sink_t::wait_for_room(int slice_ms)
{
    // The descriptor becomes readable when a subscriber has made room. The watcher may eat that, and says so;
    // another publisher may eat it too, hence the slice.
    const int fds[2] = {_fd.load(std::memory_order_relaxed), _room ? _room->fd() : -1};
    if (fds[0] < 0)
        return;
    wait_readable(fds, _room ? 2 : 1, slice_ms);
    if (_room)
        _room->clear();
}

void socket_sink_t::watch_activity(wakeup_t *wakeup)
{
    _room = std::make_unique<wakeup_t>();
    _watcher = wakeup;
}

void socket_sink_t::skip(outlet_t &outlet, std::uint64_t count)
{
    const lock_t lock(_mutex);
    outlet.next_seq += count;
    outlet.relayed += count;
    _dropped.add(count);
    attempt([&]() SPOT_REQUIRES(_mutex) { expect_end(outlet); }); // or the next message says so
}

void socket_sink_t::break_down(const outlet_t &outlet, topic_stats_t &sum)
{
    const lock_t lock(_mutex);
    sum.published += outlet.next_seq - outlet.first_seq - outlet.relayed + outlet.waiting();
    sum.bytes_published += outlet.payload_bytes + (outlet.burst ? outlet.burst->payload_bytes() : 0);
    sum.relayed += outlet.relayed;
    sum.overflowed += outlet.overflowed.get();
}

void socket_sink_t::note_reached(bool all_of_it, const std::vector<std::shared_ptr<outlet_t>> &outlets)
{
    const lock_t lock(_mutex);
    const auto note = [&](const std::shared_ptr<outlet_t> &outlet) SPOT_REQUIRES(_mutex) {
        outlet->reached_seq =
            std::max(outlet->reached_seq, all_of_it ? outlet->next_seq : outlet->settled_seq);
    };
    std::for_each(_unsettled.begin(), _unsettled.end(), note);
    std::for_each(outlets.begin(), outlets.end(), note);
}

std::uint64_t socket_sink_t::abandon(const std::string &endpoint,
                                     const std::vector<std::shared_ptr<outlet_t>> &outlets)
{
    const lock_t lock(_mutex);
    if (!_socket.is_open())
        return 0;
    std::uint64_t sum = 0;
    for (const std::shared_ptr<outlet_t> &outlet : outlets) {
        const std::uint64_t unreached = outlet->next_seq - outlet->reached_seq + outlet->waiting();
        outlet->overflowed.add(unreached);
        sum += unreached;
    }
    // Whoever listens there next is another node.
    _socket.disconnect(endpoint);
    return sum;
}

std::uint64_t socket_sink_t::deactivate(outlet_t &outlet)
{
    const lock_t lock(_mutex);
    bool flushed = !_socket.is_open();
    if (!flushed)
        attempt([&]() SPOT_REQUIRES(_mutex) { flushed = flush_burst(outlet); });
    if (!flushed) {
        // No room: the numbers are used up, so that the receivers see what they missed.
        outlet.next_seq += outlet.waiting();
        outlet.burst->discard();
        attempt([&]() SPOT_REQUIRES(_mutex) { expect_end(outlet); });
    }
    outlet.active = false;
    return outlet.next_seq;
}

bool socket_sink_t::send_mark(outlet_t &outlet)
{
    parcel_t mark = outlet.pack({});
    wire::stamp(mark.head.data(), outlet.topic().size(), wire::flag_batch, outlet.source(), outlet.next_seq);
    return offer(mark) || (errno == EAGAIN && _when_full == when_full_t::shed && shed(mark));
}

bool socket_sink_t::settle(bool all)
{
    const lock_t lock(_mutex);
    if (!_socket.is_open())
        return true;
    const auto settled = [&](const std::shared_ptr<outlet_t> &outlet)
                             SPOT_REQUIRES(_mutex) { return settle_one(*outlet, all); };
    take_out_if(_unsettled, settled);
    send_marks(all);
    return _unsettled.empty() && _unmarked.empty();
}

bool socket_sink_t::settle_one(outlet_t &outlet, bool all)
{
    const bool quiet = outlet.settled_seq == outlet.next_seq;
    outlet.settled_seq = outlet.next_seq;
    if (!(all || quiet) || !flush_burst(outlet))
        return false;
    if (outlet.told_seq != outlet.next_seq) {
        _ended.push_back({outlet.shared_from_this(), outlet.next_seq});
        outlet.told_seq = outlet.next_seq;
    }
    if (_marks_wanted.load(std::memory_order_relaxed) && !outlet.mark_owed) {
        _unmarked.push_back(outlet.shared_from_this());
        outlet.mark_owed = true;
    }
    outlet.unsettled = false;
    return true;
}

std::vector<ended_t> socket_sink_t::take_ends()
{
    const lock_t lock(_mutex);
    return std::exchange(_ended, {});
}

void socket_sink_t::send_marks(bool all)
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
            outlet->mark_owed = false;
        _unmarked.pop_front();
    }
}

void socket_sink_t::tell_ends(const std::vector<std::shared_ptr<outlet_t>> &outlets,
                              std::vector<ended_t> &ends)
{
    constexpr std::size_t outlets_per_turn = 1024; // others publish in between
    for (std::size_t at = 0; at < outlets.size();) {
        const lock_t lock(_mutex);
        for (const std::size_t end = std::min(at + outlets_per_turn, outlets.size()); at < end; ++at)
            if (const std::shared_ptr<outlet_t> &outlet = outlets[at]; outlet->next_seq != outlet->first_seq)
                ends.push_back({outlet, outlet->next_seq});
    }
}

void socket_sink_t::send_directed(std::string_view bytes)
{
    const lock_t lock(_mutex);
    if (!_socket.is_open())
        return;
    raw_message_t frame(bytes);
    if (_socket.send(frame) == 0 || errno != EAGAIN)
        return;
    _socket.events();
    if (_socket.send(frame) == 0 || errno != EAGAIN || _when_full != when_full_t::shed)
        return;
    // Somebody is full, perhaps another one who takes everything.
    _socket.set_no_drop(false);
    _socket.send(frame);
    _socket.set_no_drop(true);
}
}
