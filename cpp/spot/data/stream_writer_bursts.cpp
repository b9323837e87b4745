// The part of stream_writer_t that lets messages share a frame.
#include <algorithm>
#include <limits>
#include <memory>
#include <utility>

#include "spot/base/take_out.hpp"
#include "spot/data/stream_writer.hpp"

namespace spot
{
namespace
{
// A message that follows another of its topic this closely opens a burst: from 100,000 a second on. A
// ping-pong is slower than that even within one process, so its messages leave at once.
constexpr std::int64_t burst_gap_ns = 10000;
// A burst that was cut short with fewer messages than this was not worth its buffer and its timer ...
constexpr std::uint64_t worthwhile = 4;
// ... and its topic's messages leave alone for so long.
constexpr std::int64_t burst_pause_ns = 1000000;
// A message that joins a stream may wait so many times coalesce_us.
constexpr int streaming_patience = 4;
}

// A message after a pause leaves at once. One that follows another closely opens a burst, which the flusher
// ends in time; those after it join until the frame is full. A frame costs one look at the clock.
send_t stream_writer_t::publish_locked(outlet_t &outlet, std::string_view payload)
{
    sending_t &sending = sending_of(outlet);
    if (!sending.active)
        return send_t::gone;
    const bool small = _flusher && payload.size() <= batch_t::max_record;
    if (small && sending.burst && sending.burst->listed)
        return append(outlet, payload);
    if (small) {
        const std::int64_t now = now_ns();
        if (now - sending.last_sent_ns < burst_gap_ns && now >= sending.bursts_from_ns)
            return append(outlet, payload);
        sending.last_sent_ns = now;
    }
    parcel_t parcel = outlet.pack(payload);
    return send_locked(outlet, parcel);
}

send_t stream_writer_t::append(outlet_t &outlet, std::string_view payload)
{
    std::unique_ptr<burst_t> &kept = sending_of(outlet).burst;
    if (!kept)
        kept = std::make_unique<burst_t>(outlet);
    burst_t &burst = *kept;
    if (!burst.batch.fits(payload.size()) && !flush_burst(outlet))
        return send_t::full;
    if (!burst.listed && !enlist(outlet)) {
        parcel_t parcel = outlet.pack(payload);
        return send_locked(outlet, parcel);
    }
    if (burst.batch.empty())
        burst.opened_ns = now_ns();
    burst.batch.add(payload);
    count(1, payload.size());
    return send_t::sent;
}

bool stream_writer_t::flush_burst(outlet_t &outlet)
{
    burst_t *const burst = sending_of(outlet).burst.get();
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
// by coalesce_us at most. Where topics alternate, bursts would hardly begin before the next topic's message
// cuts them: those end here.
void stream_writer_t::flush_open_bursts()
{
    if (_bursting.empty())
        return;
    const std::int64_t now = now_ns();
    const auto ended = [&](const std::shared_ptr<outlet_t> &outlet) SPOT_REQUIRES(_mutex) {
        sending_t &sending = sending_of(*outlet);
        const std::uint64_t waited = sending.burst->batch.count();
        if (!flush_burst(*outlet) || waited >= worthwhile)
            return false;
        if (waited > 0)
            sending.bursts_from_ns = now + burst_pause_ns;
        end_burst(*outlet, now);
        return true;
    };
    take_out_if(_bursting, ended);
}

void stream_writer_t::end_burst(outlet_t &outlet, std::int64_t now)
{
    sending_t &sending = sending_of(outlet);
    sending.last_sent_ns = now;
    sending.burst->batch.shrink();
    sending.burst->listed = false;
}

// Opens a burst. False when nobody would end it.
bool stream_writer_t::enlist(outlet_t &outlet)
{
    if (!_armed && !_flusher->arm(shared_from_this()))
        return false;
    _armed = true;
    _bursting.push_back(outlet.shared_from_this());
    sending_of(outlet).burst->listed = true;
    return true;
}

void stream_writer_t::disarm_if_idle()
{
    if (_bursting.empty() && std::exchange(_armed, false))
        _flusher->disarm(*this);
}

bool stream_writer_t::flush_bursts()
{
    const lock_t lock(_mutex);
    const std::int64_t now = now_ns();
    const auto ended = [&](const std::shared_ptr<outlet_t> &outlet) SPOT_REQUIRES(_mutex) {
        if (_port->is_open() && !flush_burst(*outlet))
            return false;
        end_burst(*outlet, now);
        return true;
    };
    take_out_if(_bursting, ended);
    disarm_if_idle();
    return _bursting.empty();
}

// Ending every frame of a stream by the timer costs it a third of its rate: the flusher takes the core and
// the mutex from those who publish and receive. So a frame that is filling quickly may take longer to fill.
std::int64_t stream_writer_t::patience(const burst_t &burst, std::int64_t now) const
{
    const std::int64_t usual = _flusher->coalesce_ns();
    const std::int64_t age = std::max<std::int64_t>(now - burst.opened_ns, 1);
    const auto in_time = static_cast<std::int64_t>(burst.batch.bytes()) * streaming_patience * usual / age;
    return in_time >= static_cast<std::int64_t>(batch_t::capacity) / 2 ? streaming_patience * usual : usual;
}

std::int64_t stream_writer_t::flush_due(std::int64_t now)
{
    const lock_t lock(_mutex);
    std::int64_t next = std::numeric_limits<std::int64_t>::max();
    const auto ended = [&](const std::shared_ptr<outlet_t> &outlet) SPOT_REQUIRES(_mutex) {
        burst_t &burst = *sending_of(*outlet).burst;
        const std::int64_t due = burst.opened_ns + (burst.stuck ? 0 : patience(burst, now));
        if (due > now) {
            next = std::min(next, due);
            return false;
        }
        if (_port->is_open() && !flush_burst(*outlet)) {
            next = std::min(next, now + _flusher->coalesce_ns()); // no room
            return false;
        }
        end_burst(*outlet, now);
        return true;
    };
    take_out_if(_bursting, ended);
    disarm_if_idle();
    return next;
}
}
