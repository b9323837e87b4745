// Per topic: what sequence number each owner's next message must have, and how much came of each. Pure: the
// caller locks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "spot/base/mutex.hpp"
#include "spot/wire/limits.hpp"
#include "spot/wire/node_id.hpp"

namespace spot::registry
{
// What came of a stream, or of several.
struct stream_counts_t
{
    std::uint64_t received = 0;
    std::uint64_t bytes = 0;
    std::uint64_t lost = 0;

    stream_counts_t &operator+=(const stream_counts_t &other)
    {
        received += other.received;
        bytes += other.bytes;
        lost += other.lost;
        return *this;
    }
    stream_counts_t &operator-=(const stream_counts_t &other)
    {
        received -= other.received;
        bytes -= other.bytes;
        lost -= other.lost;
        return *this;
    }
};

using owner_counts_t = std::unordered_map<wire::source_t, stream_counts_t>;

// One of these per topic a receiver has seen; almost always it holds one source, so a vector is searched.
// Sources are made up as easily as bytes: no more than `max_streams` are kept. Whoever is heard moves
// towards the front and a newcomer to a full ledger takes the last place, so invented ones displace each
// other rather than a stream that flows.
class loss_ledger_t
{
  public:
    // A frame of `count` messages beginning with `seq` arrived (count 0: a mark, "everything below seq was
    // sent"). Returns how many messages of this source were missed just before it. The first frame of a
    // source has missed nothing. A seq lower than expected is a publisher that began anew: nothing missed.
    // A mark from a source not yet seen is remembered as the starting point: a later gap counts.
    // `bytes` are only counted.
    std::uint64_t advance(wire::source_t source, std::uint64_t seq, std::uint64_t count,
                          std::uint64_t bytes = 0);
    // What advance() would return.
    std::uint64_t missed(wire::source_t source, std::uint64_t seq) const;
    // Whether `next` or a later message of this source is expected already, or nothing of it ever came: then
    // nobody can say what was meant for here.
    bool has_reached(wire::source_t source, std::uint64_t next) const;
    // What advance() has just returned was no loss after all.
    void forgive(wire::source_t source, std::uint64_t lost);
    // total() still has it.
    void forget(wire::source_t source);
    void clear() { *this = loss_ledger_t(); }
    bool empty() const { return _streams.empty(); }

    // Of all that were ever heard since clear().
    stream_counts_t total() const;
    // Calls use(source, counts) for those that were not forgotten.
    // What the callers' functions need locked, the callers hold; the analysis does not see that from here.
    template <typename Use> void each(Use use) const SPOT_NO_THREAD_SAFETY_ANALYSIS
    {
        for (const stream_t &stream : _streams)
            use(stream.source, counts_of(stream));
    }

    static constexpr std::size_t max_streams = wire::max_peers;

  private:
    struct stream_t
    {
        wire::source_t source;
        std::uint64_t next;
        std::uint64_t base; // what `next` would be, had nothing been received
        std::uint64_t bytes;
        std::uint64_t lost;
    };
    static stream_counts_t counts_of(const stream_t &stream)
    {
        return {stream.next - stream.base, stream.bytes, stream.lost};
    }

    std::vector<stream_t> _streams;
    stream_counts_t _forgotten;
};
}
