// Protects: what a receiver expects of a stream. Every number is received, lost, missing or forgiven, once; a
// message that comes late and fills a hole is told from an owner that began anew.
#include <map>
#include <set>
#include <vector>

#include <doctest/doctest.h>

#include "spot/registry/stream.hpp"
#include "support.hpp"

using spot::registry::number_range_t;
using spot::registry::stream_counts_t;
using spot::registry::stream_t;
using spot::test::dice_t;

namespace
{
using ranges_t = std::vector<number_range_t>;

// What a stream does, written down number by number: slow, and without any arithmetic of ranges.
class reference_t
{
  public:
    reference_t(std::uint64_t first, std::size_t most_holes) : _expected(first), _most_holes(most_holes) {}

    std::uint64_t live(std::uint64_t first, std::uint64_t count)
    {
        if (first < _expected) {
            give_up(UINT64_MAX);
            ++incarnation;
            _expected = first;
        }
        std::uint64_t skipped = 0;
        for (; _expected < first; ++_expected, ++skipped)
            _missing.insert(_expected);
        _expected += count;
        received += count;
        if (_most_holes == 0)
            give_up(UINT64_MAX);
        while (holes().size() > _most_holes)
            give_up(holes().front().end);
        return skipped;
    }

    std::set<std::uint64_t> late(std::uint32_t of, std::uint64_t first, std::uint64_t count)
    {
        std::set<std::uint64_t> filled;
        for (std::uint64_t number = first; of == incarnation && number < first + count; ++number)
            if (_missing.erase(number) > 0)
                filled.insert(number);
        received += filled.size();
        while (holes().size() > _most_holes)
            give_up(holes().front().end);
        return filled;
    }

    std::uint64_t give_up(std::uint64_t below)
    {
        std::uint64_t count = 0;
        for (; !_missing.empty() && *_missing.begin() < below; ++count)
            _missing.erase(_missing.begin());
        lost += count;
        return count;
    }

    // Of the newest numbers that were skipped, as many.
    void forgive(std::uint64_t count)
    {
        for (; count > 0; --count) {
            if (_most_holes == 0)
                --lost;
            else
                _missing.erase(std::prev(_missing.end()));
        }
    }

    ranges_t holes() const
    {
        ranges_t ranges;
        for (const std::uint64_t number : _missing) {
            if (!ranges.empty() && ranges.back().end == number)
                ++ranges.back().end;
            else
                ranges.push_back({number, number + 1});
        }
        return ranges;
    }

    std::uint64_t expected() const { return _expected; }
    std::uint64_t missing() const { return _missing.size(); }

    std::uint64_t received = 0;
    std::uint64_t lost = 0;
    std::uint32_t incarnation = 0;

  private:
    std::uint64_t _expected;
    std::size_t _most_holes;
    std::set<std::uint64_t> _missing;
};

std::set<std::uint64_t> numbers_of(const ranges_t &ranges)
{
    std::set<std::uint64_t> numbers;
    for (const number_range_t &range : ranges)
        for (std::uint64_t number = range.first; number < range.end; ++number)
            CHECK(numbers.insert(number).second);
    return numbers;
}

void check_same(const stream_t &stream, const reference_t &reference)
{
    const stream_counts_t counts = stream.counts();
    CHECK(stream.expected() == reference.expected());
    CHECK(counts.received == reference.received);
    CHECK(counts.lost == reference.lost);
    CHECK(stream.missing() == reference.missing());
    CHECK(stream.holes() == reference.holes());
    CHECK(stream.incarnation() == reference.incarnation);
}

// One of: the next frame, a gap before it, an owner that begins anew, a mark, something sent again, the end
// of waiting, forgiveness.
void step(stream_t &stream, reference_t &reference, dice_t &dice)
{
    const std::uint64_t next = reference.expected();
    const std::size_t kind = dice.roll(100);
    if (kind < 40) {
        const std::uint64_t count = dice.roll(4);
        CHECK(stream.advance(next, count) == reference.live(next, count));
    } else if (kind < 60) {
        const std::uint64_t first = next + 1 + dice.roll(6);
        const std::uint64_t count = dice.roll(4);
        CHECK(stream.missed(first) == first - next);
        CHECK(stream.advance(first, count) == reference.live(first, count));
        if (dice.chance(20)) {
            stream.forgive(first - next);
            reference.forgive(first - next);
        }
    } else if (kind < 63) {
        const std::uint64_t first = 1 + dice.roll(static_cast<std::size_t>(next));
        CHECK(stream.missed(first) == 0);
        CHECK(stream.advance(first, 1) == reference.live(first, 1));
    } else if (kind < 95) {
        const std::uint64_t first = next > 20 ? next - 20 + dice.roll(25) : 1 + dice.roll(25);
        const std::uint64_t count = 1 + dice.roll(8);
        const std::uint32_t of =
            dice.chance(90) ? reference.incarnation : static_cast<std::uint32_t>(dice.roll(5));
        CHECK(numbers_of(stream.fill(of, first, count)) == reference.late(of, first, count));
    } else {
        const std::uint64_t below = next > 10 ? next - dice.roll(10) : next;
        CHECK(stream.give_up(below) == reference.give_up(below));
    }
}
}

TEST_CASE("a late message that fills a hole is no new beginning, a live frame of the same number is one")
{
    stream_t stream(1);
    stream.expect_repairs(8);
    CHECK(stream.advance(1, 4) == 0);
    CHECK(stream.advance(8, 2, 20) == 3); // 5, 6 and 7 are missing
    CHECK(stream.holes() == ranges_t{{5, 8}});
    CHECK(stream.counts().lost == 0);

    CHECK(stream.fill(0, 6, 1) == ranges_t{{6, 7}});
    stream.count_bytes(10);
    CHECK(stream.expected() == 10);
    CHECK(stream.incarnation() == 0);
    CHECK(stream.holes() == ranges_t{{5, 6}, {7, 8}});
    CHECK(stream.counts().received == 7);
    CHECK(stream.counts().bytes == 30);

    CHECK(stream.advance(6, 1) == 0); // live: the owner began anew
    CHECK(stream.incarnation() == 1);
    CHECK(stream.expected() == 7);
    CHECK(stream.holes().empty());
    CHECK(stream.counts().lost == 2);
    CHECK(stream.fill(0, 5, 1).empty()); // of the incarnation before
    CHECK(stream.counts().received == 8);
}

TEST_CASE("a frame sent again gives only those of its messages that were missing")
{
    stream_t stream(1);
    stream.expect_repairs(8);
    stream.advance(1, 3);
    stream.advance(5, 2); // 4 is missing
    stream.advance(9, 1); // 7 and 8, too
    CHECK(stream.fill(0, 2, 6) == ranges_t{{4, 5}, {7, 8}});
    CHECK(stream.fill(0, 2, 6).empty());   // a second copy
    CHECK(stream.fill(0, 9, 100).empty()); // what comes next is not filled ahead of the live frames
    CHECK(stream.missing() == 1);
    CHECK(stream.advance(10, 1) == 0);
}

TEST_CASE("without repairs a gap is lost at once, and nothing fills it")
{
    stream_t stream(5);
    CHECK(stream.advance(5, 1) == 0);
    CHECK(stream.advance(9, 1) == 3);
    CHECK(stream.counts().lost == 3);
    CHECK(stream.holes().empty());
    CHECK(stream.fill(0, 6, 3).empty());
    CHECK(stream.counts().received == 2);
}

TEST_CASE("more holes than may be: the oldest is lost")
{
    stream_t stream(1);
    stream.expect_repairs(2);
    stream.advance(3, 1);
    stream.advance(6, 1);
    stream.advance(10, 1);
    CHECK(stream.holes() == ranges_t{{4, 6}, {7, 10}});
    CHECK(stream.counts().lost == 2);
    stream.fill(0, 8, 1); // it splits one
    CHECK(stream.holes() == ranges_t{{7, 8}, {9, 10}});
    CHECK(stream.counts().lost == 4);
    stream.expect_repairs(0); // repairs are over
    CHECK(stream.holes().empty());
    CHECK(stream.counts().lost == 6);
}

TEST_CASE("a way with a higher epoch ends the ways before it")
{
    stream_t stream(1);
    CHECK(stream.enter_way(0));
    CHECK(stream.enter_way(2));
    CHECK(stream.enter_way(2));
    CHECK_FALSE(stream.enter_way(1));
    CHECK_FALSE(stream.enter_way(0));
    CHECK(stream.enter_way(3));
    CHECK(stream.counts().lost == 0);
}

TEST_CASE("made-up numbers at the end of the range do not wrap")
{
    constexpr std::uint64_t last = ~0ULL;
    stream_t stream(1);
    stream.expect_repairs(1);
    CHECK(stream.advance(last - 1, last) == last - 2);
    CHECK(stream.expected() == last);
    CHECK(stream.fill(0, last - 2, last) == ranges_t{{last - 2, last - 1}});
    CHECK(stream.give_up() == last - 3);
    CHECK(stream.advance(last, 0) == 0);
}

TEST_CASE("random frames, marks, new beginnings, repairs and forgiveness: as a set of numbers has it")
{
    dice_t dice(11);
    for (int round = 0; round < 300; ++round) {
        const std::size_t most_holes = round % 3 == 0 ? 0 : 1 + dice.roll(6);
        const std::uint64_t first = 1 + dice.roll(50);
        stream_t stream(first);
        reference_t reference(first, most_holes);
        if (most_holes > 0)
            stream.expect_repairs(most_holes);
        for (int i = 0; i < 120; ++i) {
            step(stream, reference, dice);
            check_same(stream, reference);
        }
    }
}

TEST_CASE("an owner's messages that are dropped, and in part repaired: sent is received and lost")
{
    dice_t dice(12);
    for (int round = 0; round < 200; ++round) {
        stream_t stream(1);
        stream.expect_repairs(1000);
        std::map<std::uint64_t, std::uint64_t> dropped; // first number of a frame, and how many messages
        std::uint64_t next = 1;
        for (int i = 0; i < 100; ++i) {
            const std::uint64_t count = 1 + dice.roll(5);
            if (dice.chance(70))
                stream.advance(next, count);
            else
                dropped.emplace(next, count);
            next += count;
            if (!dropped.empty() &&
                dice.chance(20)) { // sent again, perhaps before the gap is seen, perhaps twice
                const auto again = std::next(dropped.begin(), static_cast<long>(dice.roll(dropped.size())));
                stream.fill(0, again->first, again->second);
            }
        }
        stream.advance(next, 0); // the mark at the end
        const std::uint64_t missing = stream.missing();
        CHECK(stream.give_up() == missing);
        CHECK(stream.counts().received + stream.counts().lost == next - 1);
        CHECK(stream.incarnation() == 0);
    }
}
