// The streams of one topic: one for each owner that was heard. Almost always there is one, so they are kept
// in a list that is searched.
//
// Pure. Not thread-safe: the caller locks.
//
// Invariants:
// 1. At most max_streams are kept. Anybody can make up sources, so the list must stay bounded.
// 2. A source that is heard moves one place towards the front. A new source that finds the list full takes
//    the last place. So made-up sources displace each other, and never a stream that flows.
// 3. total() is the sum of all streams that were ever heard since clear(), including those that were
//    forgotten or displaced.
#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "spot/base/mutex.hpp"
#include "spot/registry/stream.hpp"
#include "spot/wire/limits.hpp"
#include "spot/wire/node_id.hpp"

namespace spot::registry
{
using owner_counts_t = std::unordered_map<wire::source_t, stream_counts_t>;

class loss_ledger_t
{
  public:
    // A live frame of that source arrived: see stream_t::advance(). The first frame of a source is where its
    // stream begins, and so is a mark: nothing was missed before it. Throws std::bad_alloc, and then nothing
    // has changed.
    std::uint64_t advance(wire::source_t source, std::uint64_t seq, std::uint64_t count,
                          std::uint64_t bytes = 0);
    // What advance() would return.
    std::uint64_t missed(wire::source_t source, std::uint64_t seq) const;
    // Whether the source's stream expects `next` or a later number already, or was never heard: then nobody
    // can say which of its messages were meant for this receiver.
    bool has_reached(wire::source_t source, std::uint64_t next) const;
    // What advance() has just returned is no loss after all.
    void forgive(wire::source_t source, std::uint64_t lost);
    // Forgets that source's stream. total() still counts it.
    void forget(wire::source_t source);
    void clear() { *this = loss_ledger_t(); }
    bool empty() const { return _streams.empty(); }

    stream_counts_t total() const;
    // Calls use(source, counts) for each stream that was not forgotten. The callers hold what their functions
    // need locked; the analysis does not see that from here.
    template <typename Use> void each(Use use) const SPOT_NO_THREAD_SAFETY_ANALYSIS
    {
        for (const owned_stream_t &owned : _streams)
            use(owned.source, owned.stream.counts());
    }

    static constexpr std::size_t max_streams = wire::max_peers;

  private:
    struct owned_stream_t
    {
        wire::source_t source;
        stream_t stream;
    };

    const stream_t *find(wire::source_t source) const;

    std::vector<owned_stream_t> _streams;
    stream_counts_t _forgotten;
};
}
