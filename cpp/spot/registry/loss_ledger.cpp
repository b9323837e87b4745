#include "spot/registry/loss_ledger.hpp"

#include <limits>
#include <utility>

namespace spot::registry
{
namespace
{
// A made-up seq near the end of the range must not wrap: everything after it would look lost.
std::uint64_t add_saturated(std::uint64_t seq, std::uint64_t count)
{
    constexpr std::uint64_t last = std::numeric_limits<std::uint64_t>::max();
    return count > last - seq ? last : seq + count;
}
}

std::uint64_t loss_ledger_t::advance(wire::source_t source, std::uint64_t seq, std::uint64_t count,
                                     std::uint64_t bytes)
{
    const std::uint64_t next = add_saturated(seq, count);
    for (std::size_t i = 0; i < _streams.size(); ++i) {
        if (_streams[i].source != source)
            continue;
        stream_t &stream = _streams[i];
        const std::uint64_t expected = std::exchange(stream.next, next);
        stream.bytes += bytes;
        std::uint64_t lost = 0;
        if (seq != expected) {
            stream.base += seq - expected; // backwards, too: the arithmetic wraps
            lost = seq > expected ? seq - expected : 0;
            stream.lost += lost;
        }
        if (i > 0)
            std::swap(_streams[i], _streams[i - 1]);
        return lost;
    }
    const stream_t begun{source, next, seq, bytes, 0};
    if (_streams.size() < max_streams) {
        _streams.push_back(begun);
    } else {
        _forgotten += counts_of(_streams.back());
        _streams.back() = begun;
    }
    return 0;
}

std::uint64_t loss_ledger_t::missed(wire::source_t source, std::uint64_t seq) const
{
    for (const stream_t &stream : _streams)
        if (stream.source == source)
            return seq > stream.next ? seq - stream.next : 0;
    return 0;
}

bool loss_ledger_t::has_reached(wire::source_t source, std::uint64_t next) const
{
    for (const stream_t &stream : _streams)
        if (stream.source == source)
            return next <= stream.next;
    return true;
}

void loss_ledger_t::forgive(wire::source_t source, std::uint64_t lost)
{
    for (stream_t &stream : _streams)
        if (stream.source == source)
            stream.lost -= lost;
}

void loss_ledger_t::forget(wire::source_t source)
{
    for (auto stream = _streams.begin(); stream != _streams.end(); ++stream) {
        if (stream->source == source) {
            _forgotten += counts_of(*stream);
            _streams.erase(stream);
            return;
        }
    }
}

stream_counts_t loss_ledger_t::total() const
{
    stream_counts_t sum = _forgotten;
    for (const stream_t &stream : _streams)
        sum += counts_of(stream);
    return sum;
}
}
