// Protects: that a gap between two subscriptions to a name is forgiven once and in time only, and that a loss
// which a mark has shown is told once.
#include <utility>

#include <doctest/doctest.h>

#include "spot/registry/topic_losses.hpp"

using spot::registry::topic_losses_t;

TEST_CASE("the first gap is forgiven until the time is over; the second is not")
{
    topic_losses_t losses;
    losses.ledger().advance(1, 1, 1);
    CHECK_FALSE(losses.forgive(1, losses.ledger().advance(1, 4, 1), 100)); // nothing was announced
    CHECK(losses.ledger().total().lost == 2);

    losses.forgive_first_gap(1000);
    CHECK(losses.forgives());
    CHECK(losses.forgive(1, losses.ledger().advance(1, 8, 1), 1000));
    CHECK_FALSE(losses.forgives());
    CHECK(losses.ledger().total().lost == 2);
    CHECK_FALSE(losses.forgive(1, losses.ledger().advance(1, 10, 1), 1000));
    CHECK(losses.ledger().total().lost == 3);

    losses.forgive_first_gap(2000);
    CHECK_FALSE(losses.forgive(1, losses.ledger().advance(1, 12, 1), 2001)); // too late, and used up
    CHECK_FALSE(losses.forgives());
}

TEST_CASE("the time for forgiveness passes without a gap, too")
{
    topic_losses_t losses;
    losses.stop_forgiving(5);
    CHECK_FALSE(losses.forgives());
    losses.forgive_first_gap(1000);
    losses.stop_forgiving(1000);
    CHECK(losses.forgives());
    losses.stop_forgiving(1001);
    CHECK_FALSE(losses.forgives());
}

TEST_CASE("a loss that was shown by a mark is told with the owner's next message, once")
{
    topic_losses_t losses;
    for (const std::uint64_t lost : {3, 4}) {
        losses.reserve_untold();
        losses.keep_untold(1, lost);
    }
    losses.reserve_untold();
    losses.keep_untold(2, 5);
    CHECK(losses.take_untold(1) == 7);
    CHECK(losses.take_untold(1) == 0);
    CHECK(losses.take_untold(2) == 5);
}

TEST_CASE("a topic that comes back goes on with its numbers, and keeps what is forgiven now")
{
    topic_losses_t before;
    before.ledger().advance(1, 10, 1);
    before.reserve_untold();
    before.keep_untold(1, 2);
    topic_losses_t now;
    now.forgive_first_gap(50);
    now.resume(std::move(before));
    CHECK(now.forgives());
    CHECK(now.ledger().missed(1, 13) == 2);
    CHECK(now.take_untold(1) == 2);
    now.end();
    CHECK(now.ledger().empty());
    CHECK(now.forgives());
}
