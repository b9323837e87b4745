// The other half of socket_sink_t: messages that share a frame.
#include <algorithm>
#include <memory>

#include "spot/data/socket_sink.hpp"

namespace spot
{
namespace
{
// A message that follows another of its topic this closely opens a burst: from 100,000 a second on. A
// ping-pong is slower than that even within one process, so its messages leave at once.
constexpr std::int64_t burst_gap_ns = 10000;
}

// A message after a pause leaves at once. One that follows another closely opens a burst, which the flusher
// ends after coalesce_us; those after it join until the frame is full. A burst costs one look at the clock.
send_t socket_sink_t::publish_locked(outlet_t &outlet, std::string_view payload)
{
    if (!outlet.active)
        return send_t::gone;
    const bool small = _flusher && payload.size() <= batch_t::max_record;
    if (small && outlet.burst && outlet.burst->listed)
        return append(outlet, payload);
    if (small) {
        const std::int64_t now = now_ns();
        if (now - outlet.last_sent_ns < burst_gap_ns)
            return append(outlet, payload);
        outlet.last_sent_ns = now;
    }
    parcel_t parcel = outlet.pack(payload);
    return send_locked(outlet, parcel);
}

send_t socket_sink_t::append(outlet_t &outlet, std::string_view payload)
{
    if (!outlet.burst)
        outlet.burst = std::make_unique<burst_t>(outlet);
    burst_t &burst = *outlet.burst;
    if (!burst.batch.fits(payload.size()) && !flush_burst(outlet))
        return send_t::full;
    if (!burst.listed) {
        _bursting.push_back(outlet.shared_from_this());
        burst.listed = true;
        if (_bursting.size() == 1)
            _flusher->arm(shared_from_this());
    }
    burst.batch.add(payload);
    count(1, payload.size());
    return send_t::sent;
}

bool socket_sink_t::flush_burst(outlet_t &outlet)
{
    burst_t *const burst = outlet.burst.get();
    if (!burst)
        return true;
    while (!burst->empty()) {
        if (!burst->stuck) {
            burst->stuck = burst->batch.take();
            burst->stuck->counted = true;
        }
        if (transmit(outlet, *burst->stuck) != send_t::sent)
            return false;
        burst->stuck.reset();
    }
    return true;
}

// What leaves in a frame of its own does not overtake other topics' bursts, so that "done" on one topic comes
// after what was done on another. Only topics that burst at the same time may be shifted against each other,
// by coalesce_us at most.
void socket_sink_t::flush_open_bursts()
{
    for (const std::shared_ptr<outlet_t> &outlet : _bursting)
        flush_burst(*outlet);
}

bool socket_sink_t::flush_bursts()
{
    const lock_t lock(_mutex);
    const std::int64_t now = now_ns();
    const auto ended = [&](const std::shared_ptr<outlet_t> &outlet) SPOT_REQUIRES(_mutex) {
        if (_socket.is_open() && !flush_burst(*outlet))
            return false;
        outlet->last_sent_ns = now;
        outlet->burst->batch.shrink();
        outlet->burst->listed = false;
        return true;
    };
    _bursting.erase(std::remove_if(_bursting.begin(), _bursting.end(), ended), _bursting.end());
    return _bursting.empty();
}
}
