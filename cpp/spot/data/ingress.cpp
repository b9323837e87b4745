#include "spot/data/ingress.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "spot/base/no_memory.hpp"
#include "spot/transport/poll.hpp"
#include "spot/transport/socket_profiles.hpp"
#include "spot/transport/thread.hpp"
#include "spot/wire/data.hpp"

namespace spot
{
namespace
{
constexpr int relay_room_slice_ms = 5;
constexpr std::int64_t memory_pause_ns = 5000000;
}

int ingress_t::open(const std::shared_ptr<ctx_state_t> &ctx, const ingress_options_t &options,
                    const std::string &endpoint, std::string &bound)
{
    _options = options;
    _stop = false; // an earlier attempt to bind may have failed
    _wakeup.clear();
    const socket_profile_t profile =
        ingress_receiver_profile(receiving_mark(options.recv_hwm, options.recv_hwm_bytes),
                                 largest_frame(options.max_message_bytes, options.recv_hwm_bytes));
    if (_socket.open(ctx, profile) != 0 || _socket.bind(endpoint) != 0)
        return -1;
    bound = _socket.last_endpoint();
    return 0;
}

int ingress_t::start()
{
    return start_thread(_thread, "spot-ingress", [this] { run(); });
}

void ingress_t::close()
{
    _stop = true;
    _wakeup.set();
    if (_thread.joinable())
        _thread.join();
    _socket.close();
}

void ingress_t::run()
{
    const int fds[2] = {_socket.fd(), _wakeup.fd()};
    while (!_stop) {
        arrival_t arrival;
        const arrival_result_t result = take_arrival(_socket, arrival);
        const bool drained = result == arrival_result_t::none;
        if (result == arrival_result_t::taken)
            take(arrival);
        else if (result == arrival_result_t::malformed)
            _malformed.add(1);
        if (_look.load(std::memory_order_relaxed) && !attempt([&] { tend_ends(drained); })) {
            _look = true; // again
            sleep_exactly(memory_pause_ns);
            continue;
        }
        // An EAGAIN has made libzmq look at everything that waits: the edge cannot have been missed.
        if (drained && !_stop)
            wait_readable(fds, 2, -1);
    }
}

// Where there is no memory for it, others wait.
void ingress_t::take(arrival_t &arrival)
{
    while (!attempt([&] { handle(arrival); }) && !_stop)
        sleep_exactly(memory_pause_ns);
}

void ingress_t::handle(arrival_t &arrival)
{
    if (!arrival.multipart && wire::is_directed(arrival.head.view()))
        return take_barrier(arrival.head.view());
    wire::data_frame_t frame;
    if (!read_data(arrival, frame)) {
        _malformed.add(1);
        return;
    }
    const std::shared_ptr<outlet_t> outlet = _publisher.find(frame.header.topic);
    if (!outlet) {
        _ignored.add(1);
        return;
    }
    if (too_large(frame))
        frame.count = 0; // as a mark: the message is missed by its number
    account(frame.header.source, frame.header.topic, frame.header.seq, frame.count);
    if (frame.count == 0)
        return;
    parcel_t parcel;
    parcel.count = frame.count;
    parcel.batch = frame.batch;
    parcel.large = frame.large;
    parcel.relayed = true;
    parcel.head = std::move(arrival.head); // `frame` means nothing from here on
    parcel.body = std::move(arrival.body);
    forward(*outlet, parcel);
}

// The publisher hears of it as of any gap.
bool ingress_t::too_large(const wire::data_frame_t &frame) const
{
    if (frame.batch || frame.payload.size() <= _options.max_message_bytes)
        return false;
    if (_options.oversized)
        attempt(
            [&] { _options.oversized->note(frame.header.topic, frame.header.source, frame.payload.size()); });
    return true;
}

void ingress_t::account(wire::source_t publisher, std::string_view topic, std::uint64_t seq,
                        std::uint64_t count)
{
    registry::loss_ledger_t &ledger = ledger_of(topic);
    const lock_t lock(_mutex);
    // What needs memory comes first: what throws may be called again.
    std::uint64_t *const noted =
        ledger.missed(publisher, seq) > 0 ? &_losses[publisher][std::string(topic)] : nullptr;
    const std::uint64_t lost = ledger.advance(publisher, seq, count);
    if (noted)
        *noted += lost;
}

registry::loss_ledger_t &ingress_t::ledger_of(std::string_view topic)
{
    const auto [ledger, is_new] = _ledgers.try_emplace(std::string(topic));
    if (!is_new)
        return ledger->second;
    if (std::optional<registry::loss_ledger_t> known = _aside.take(topic))
        ledger->second = std::move(*known);
    if (_ledgers.size() < _put_aside_at)
        return ledger->second;
    attempt([&] { put_ledgers_aside(); }); // or later
    return _ledgers[std::string(topic)];
}

// Topics that come and go must not leave anything behind for good.
void ingress_t::put_ledgers_aside()
{
    for (auto at = _ledgers.begin(); at != _ledgers.end();) {
        if (_publisher.find(at->first)) {
            ++at;
            continue;
        }
        _aside.keep(at->first, {}); // a place, which may be more than there is memory for
        if (registry::loss_ledger_t *const aside = _aside.find(at->first))
            *aside = std::move(at->second);
        at = _ledgers.erase(at);
    }
    _put_aside_at = std::max(fewest_ledgers, 2 * _ledgers.size());
}

void ingress_t::forward(outlet_t &outlet, parcel_t &parcel)
{
    const deadline_t deadline(_options.send_timeout_ms);
    for (;;) {
        const send_t result = _publisher.sink().try_send(outlet, parcel, true);
        if (result != send_t::full && result != send_t::no_memory)
            return;
        if (_stop || deadline.passed()) {
            _publisher.sink().skip(outlet, parcel.count);
            return;
        }
        if (result == send_t::no_memory) {
            sleep_exactly(memory_pause_ns);
            continue;
        }
        _publisher.sink().wait_for_room(relay_room_slice_ms);
    }
}

ingress_t::losses_t ingress_t::take_losses()
{
    losses_t taken;
    const lock_t lock(_mutex);
    taken.swap(_losses);
    return taken;
}
}
