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

std::uint64_t loss_ledger_t::advance(wire::source_t source, std::uint64_t seq, std::uint64_t count)
{
    const std::uint64_t next = add_saturated(seq, count);
    for (std::size_t i = 0; i < _streams.size(); ++i) {
        if (_streams[i].source != source)
            continue;
        const std::uint64_t expected = std::exchange(_streams[i].next, next);
        if (i > 0)
            std::swap(_streams[i], _streams[i - 1]);
        return seq > expected ? seq - expected : 0;
    }
    if (_streams.size() < max_streams)
        _streams.push_back({source, next});
    else
        _streams.back() = {source, next};
    return 0;
}

void loss_ledger_t::forget(wire::source_t source)
{
    for (auto stream = _streams.begin(); stream != _streams.end(); ++stream) {
        if (stream->source == source) {
            _streams.erase(stream);
            return;
        }
    }
}
}
