// What a receiver expects of one stream, that is, of the messages of one topic that come from one owner: the
// number of the next message, which earlier ones are missing, and how many came.
//
// Pure. Not thread-safe: the caller locks.
//
// A frame is described by the number of its first message and by how many messages it holds. A frame that
// holds none is a mark: it says that everything before its number was sent. Live frames arrive in the order
// in which the owner sent them. Late frames were sent again after a loss, or came by a way that has ended,
// and arrive at any time.
//
// Invariants:
// 1. Every number from the first one heard in this incarnation up to expected() is exactly one of: received,
//    lost, missing (it lies in a hole), or forgiven.
// 2. A live frame above expected() shows a gap. A live frame below expected() shows that the owner began to
//    count anew: a new incarnation of the stream begins with it, and the holes of the earlier one are lost.
// 3. A late frame never changes expected() or incarnation(). Only those of its numbers count that lie in a
//    hole of the same incarnation; all others were counted before.
// 4. Holes are sorted, do not touch each other, and lie below expected(). There are at most as many as
//    expect_repairs() allows; when one more appears, the numbers of the oldest hole are lost.
// 5. Without expect_repairs() there are no holes: what is missed is lost at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

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

// The numbers from `first` up to, but not including, `end`.
struct number_range_t
{
    std::uint64_t first = 0;
    std::uint64_t end = 0;

    std::uint64_t size() const { return end - first; }
    friend bool operator==(const number_range_t &a, const number_range_t &b)
    {
        return a.first == b.first && a.end == b.end;
    }
};

class stream_t
{
  public:
    // The stream is heard for the first time, with a frame or a mark of this number. Nothing before it
    // counts.
    explicit stream_t(std::uint64_t first) : _expected(first), _base(first) {}

    // A live frame of `count` messages that begins with the number `first`. Returns how many numbers were
    // skipped just before it: they are lost, or missing if repairs are expected. `bytes` are only counted.
    // Throws std::bad_alloc, only where missed (first) > 0 or the owner began anew, and then nothing has
    // changed.
    std::uint64_t advance(std::uint64_t first, std::uint64_t count, std::uint64_t bytes = 0)
    {
        const std::uint64_t skipped = first == _expected ? 0 : jump_to(first);
        _expected = end_of(first, count);
        _bytes += bytes;
        return skipped;
    }
    // What advance() would return.
    std::uint64_t missed(std::uint64_t first) const { return first > _expected ? first - _expected : 0; }
    // The last `count` numbers that advance() returned are no loss after all.
    void forgive(std::uint64_t count);

    std::uint64_t expected() const { return _expected; }
    stream_counts_t counts() const { return {_expected - _base, _bytes, _gaps ? _gaps->lost : 0}; }

    // --- repairs ------------------------------------------------------------------------------------
    // From now on numbers that are skipped are missing and not yet lost, in at most `most_holes` holes.
    // Throws std::bad_alloc, and then nothing has changed.
    void expect_repairs(std::size_t most_holes);
    // A late frame of that incarnation. Returns the numbers of it that were missing: they are received now.
    // The frame's other messages came before. Throws std::bad_alloc, and then nothing has changed.
    std::vector<number_range_t> fill(std::uint32_t incarnation, std::uint64_t first, std::uint64_t count);
    // The payload bytes of what fill() returned.
    void count_bytes(std::uint64_t bytes) { _bytes += bytes; }
    // Nobody repairs the numbers below `below` any more. Returns how many of them were missing: they are lost
    // now.
    std::uint64_t give_up(std::uint64_t below = UINT64_MAX);
    std::vector<number_range_t> holes() const;
    // How many numbers lie in holes.
    std::uint64_t missing() const;

    // Whether a frame that came by the way with this epoch is a live one. A way with a higher epoch than any
    // before it ends those, whose frames are late from then on. Throws std::bad_alloc, and then nothing has
    // changed.
    bool enter_way(std::uint32_t epoch);
    // How often the owner has begun anew.
    std::uint32_t incarnation() const { return _gaps ? _gaps->incarnation : 0; }

  private:
    // What only a stream with an irregular past needs.
    struct gaps_t
    {
        std::uint64_t lost = 0;
        std::uint32_t incarnation = 0;
        std::uint32_t way = 0;
        std::size_t most_holes = 0;
        std::vector<number_range_t> holes;
    };

    static std::uint64_t end_of(std::uint64_t first, std::uint64_t count)
    {
        // A made-up number near the end of the range must not wrap: everything after it would look lost.
        return count > UINT64_MAX - first ? UINT64_MAX : first + count;
    }
    gaps_t &gaps();
    std::uint64_t jump_to(std::uint64_t first);
    void add_hole(gaps_t &gaps, number_range_t hole);
    void lose_oldest_holes(gaps_t &gaps);

    std::uint64_t _expected;
    std::uint64_t _base; // what _expected would be, had nothing been received
    std::uint64_t _bytes = 0;
    std::unique_ptr<gaps_t> _gaps; // null: nothing was ever skipped, and nothing of the second part was used
};
}
