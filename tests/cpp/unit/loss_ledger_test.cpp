// Protects: every gap in a stream is counted once, and nothing else is counted.
#include <vector>

#include <doctest/doctest.h>

#include "spot/registry/loss_ledger.hpp"
#include "support.hpp"

using spot::registry::loss_ledger_t;
using spot::registry::stream_counts_t;

TEST_CASE("the first frame has missed nothing; a gap counts its length, once")
{
    loss_ledger_t ledger;
    CHECK(ledger.empty());
    CHECK(ledger.advance(1, 500, 1) == 0);
    CHECK(ledger.advance(1, 501, 10) == 0); // a batch: 501 to 510
    CHECK(ledger.advance(1, 511, 1) == 0);
    CHECK(ledger.advance(1, 515, 1) == 3);
    CHECK(ledger.advance(1, 516, 1) == 0);
    CHECK_FALSE(ledger.empty());
}

TEST_CASE("a mark shows a loss at the tail")
{
    loss_ledger_t ledger;
    CHECK(ledger.advance(1, 1, 1) == 0);
    CHECK(ledger.advance(1, 2, 0) == 0); // nothing was missing
    CHECK(ledger.advance(1, 5, 0) == 3); // 2, 3 and 4 were
    CHECK(ledger.advance(1, 5, 0) == 0); // repeated marks say nothing new
    CHECK(ledger.advance(1, 5, 1) == 0);
}

TEST_CASE("a mark from an unknown source is where its stream begins")
{
    loss_ledger_t ledger;
    CHECK(ledger.advance(1, 100, 0) == 0);
    CHECK(ledger.advance(1, 103, 1) == 3);
}

TEST_CASE("a lower seq is a publisher that began anew")
{
    loss_ledger_t ledger;
    CHECK(ledger.advance(1, 100, 1) == 0);
    CHECK(ledger.advance(1, 1, 1) == 0);
    CHECK(ledger.advance(1, 2, 1) == 0);
    CHECK(ledger.advance(1, 4, 1) == 1);
}

TEST_CASE("sources do not disturb each other")
{
    loss_ledger_t ledger;
    CHECK(ledger.advance(1, 1, 1) == 0);
    CHECK(ledger.advance(2, 50, 1) == 0);
    CHECK(ledger.advance(1, 2, 1) == 0);
    CHECK(ledger.advance(2, 53, 1) == 2);
    CHECK(ledger.advance(1, 4, 1) == 1);
    ledger.forget(1);
    ledger.forget(99);
    CHECK(ledger.advance(1, 1000, 1) == 0);
    CHECK(ledger.advance(2, 54, 1) == 0);
    ledger.clear();
    CHECK(ledger.empty());
    CHECK(ledger.advance(2, 9, 1) == 0);
}

TEST_CASE("what came is counted, by source and in all")
{
    loss_ledger_t ledger;
    const auto of = [&](spot::wire::source_t wanted) {
        stream_counts_t found;
        ledger.each([&](spot::wire::source_t source, const stream_counts_t &counts) {
            if (source == wanted)
                found = counts;
        });
        return std::vector<std::uint64_t>{found.received, found.bytes, found.lost};
    };
    using counts_t = std::vector<std::uint64_t>;
    ledger.advance(1, 500, 10, 100); // what was before is no loss
    CHECK(of(1) == counts_t{10, 100, 0});
    ledger.advance(1, 513, 1, 7); // three lost
    CHECK(of(1) == counts_t{11, 107, 3});
    ledger.advance(1, 516, 0); // a mark: two more
    CHECK(of(1) == counts_t{11, 107, 5});
    ledger.advance(1, 1, 4, 40); // its publisher began anew
    CHECK(of(1) == counts_t{15, 147, 5});
    ledger.advance(2, 90, 0); // a mark first
    ledger.advance(2, 92, 1, 1);
    CHECK(of(2) == counts_t{1, 1, 2});
    ledger.forgive(2, 2);
    CHECK(of(2) == counts_t{1, 1, 0});
    ledger.forget(1);
    CHECK(of(1) == counts_t{0, 0, 0});
    const stream_counts_t total = ledger.total();
    CHECK(total.received == 16);
    CHECK(total.bytes == 148);
    CHECK(total.lost == 5);
    ledger.clear();
    CHECK(ledger.total().received == 0);
}

TEST_CASE("made-up numbers at the end of the range do not wrap")
{
    constexpr std::uint64_t last = ~0ULL;
    loss_ledger_t ledger;
    CHECK(ledger.advance(1, last, 1) == 0);
    CHECK(ledger.advance(1, last, 1) == 0);
    CHECK(ledger.advance(1, 1, 1) == 0);
    CHECK(ledger.advance(1, last - 1, last) == last - 3);
    CHECK(ledger.advance(1, last, 0) == 0);
}

TEST_CASE("invented sources neither grow the ledger nor push out a stream that flows")
{
    loss_ledger_t ledger;
    std::uint64_t seq = 1;
    CHECK(ledger.advance(7, seq++, 1) == 0);
    CHECK(ledger.advance(7, seq++, 1) == 0);
    for (std::uint64_t i = 0; i < 2 * loss_ledger_t::max_streams; ++i) {
        CHECK(ledger.advance(1000 + i, 1, 1) == 0);
        if (i % 100 == 0)
            CHECK(ledger.advance(7, seq++, 1) == 0);
    }
    CHECK(ledger.advance(7, seq + 5, 1) == 5);
    // The newest one was displaced by later ones, the first ones were kept.
    CHECK(ledger.advance(1000, 10, 1) == 8);
    CHECK(ledger.advance(1000 + loss_ledger_t::max_streams, 10, 1) == 0);
}

TEST_CASE("random streams: what was dropped is what is counted")
{
    spot::test::dice_t dice(7);
    for (int round = 0; round < 200; ++round) {
        loss_ledger_t ledger;
        std::uint64_t next[5] = {1, 10, 100, 1000, 10000};
        bool seen[5] = {};
        std::uint64_t dropped[5] = {};
        std::uint64_t counted[5] = {};
        for (int i = 0; i < 300; ++i) {
            const std::size_t source = dice.roll(5);
            const std::uint64_t count = dice.roll(4); // 0: a mark
            if (dice.chance(80)) {
                counted[source] += ledger.advance(source, next[source], count);
                seen[source] = true;
            } else if (seen[source]) {
                dropped[source] += count;
            }
            next[source] += count;
        }
        for (std::size_t source = 0; source < 5; ++source) {
            if (seen[source])
                counted[source] += ledger.advance(source, next[source], 0);
            CHECK(counted[source] == dropped[source]);
        }
    }
}

TEST_CASE("an end says nothing of a stream of which nothing came, nor of one that is further")
{
    loss_ledger_t ledger;
    CHECK(ledger.has_reached(1, 9));
    ledger.advance(1, 5, 2); // 7 comes next
    CHECK(ledger.has_reached(1, 6));
    CHECK(ledger.has_reached(1, 7));
    CHECK_FALSE(ledger.has_reached(1, 8));
    CHECK(ledger.has_reached(2, 8));
}
