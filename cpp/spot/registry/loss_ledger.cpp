#include "spot/registry/loss_ledger.hpp"

#include <utility>

namespace spot::registry
{
std::uint64_t loss_ledger_t::advance(wire::source_t source, std::uint64_t seq, std::uint64_t count,
                                     std::uint64_t bytes)
{
    for (std::size_t i = 0; i < _streams.size(); ++i) {
        if (_streams[i].source != source)
            continue;
        const std::uint64_t lost = _streams[i].stream.advance(seq, count, bytes);
        if (i > 0)
            std::swap(_streams[i], _streams[i - 1]);
        return lost;
    }
    stream_t begun(seq);
    begun.advance(seq, count, bytes);
    if (_streams.size() < max_streams) {
        _streams.push_back({source, std::move(begun)});
    } else {
        _forgotten += _streams.back().stream.counts();
        _streams.back() = {source, std::move(begun)};
    }
    return 0;
}

const stream_t *loss_ledger_t::find(wire::source_t source) const
{
    for (const owned_stream_t &owned : _streams)
        if (owned.source == source)
            return &owned.stream;
    return nullptr;
}

std::uint64_t loss_ledger_t::missed(wire::source_t source, std::uint64_t seq) const
{
    const stream_t *const stream = find(source);
    return stream ? stream->missed(seq) : 0;
}

bool loss_ledger_t::has_reached(wire::source_t source, std::uint64_t next) const
{
    const stream_t *const stream = find(source);
    return !stream || next <= stream->expected();
}

void loss_ledger_t::forgive(wire::source_t source, std::uint64_t lost)
{
    for (owned_stream_t &owned : _streams)
        if (owned.source == source)
            owned.stream.forgive(lost);
}

void loss_ledger_t::forget(wire::source_t source)
{
    for (auto owned = _streams.begin(); owned != _streams.end(); ++owned) {
        if (owned->source == source) {
            _forgotten += owned->stream.counts();
            _streams.erase(owned);
            return;
        }
    }
}

stream_counts_t loss_ledger_t::total() const
{
    stream_counts_t sum = _forgotten;
    for (const owned_stream_t &owned : _streams)
        sum += owned.stream.counts();
    return sum;
}
}
