// Per topic: what sequence number each owner's next message must have. Pure: the caller locks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "spot/wire/limits.hpp"
#include "spot/wire/node_id.hpp"

namespace spot::registry
{
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
    std::uint64_t advance(wire::source_t source, std::uint64_t seq, std::uint64_t count);
    void forget(wire::source_t source);
    void clear() { _streams.clear(); }
    bool empty() const { return _streams.empty(); }

    static constexpr std::size_t max_streams = wire::max_peers;

  private:
    struct stream_t
    {
        wire::source_t source;
        std::uint64_t next;
    };
    std::vector<stream_t> _streams;
};
}
