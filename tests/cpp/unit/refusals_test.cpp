// Protects: a client whose HELLO was refused stays refused while it talks, is forgotten when it is silent,
// and costs a bounded amount of memory and few lines in the log.
#include <doctest/doctest.h>

#include <string>

#include "spot/registry/refusals.hpp"
#include "support.hpp"

using namespace spot;
using namespace spot::test;
using registry::refusals_t;

TEST_CASE("a client is refused from its refusal on, and until it is forgiven")
{
    refusals_t refusals;
    CHECK_FALSE(refusals.is_refused("a", 0));
    refusals.note("a", 0);
    CHECK(refusals.is_refused("a", 1));
    CHECK_FALSE(refusals.is_refused("b", 1));
    refusals.forgive("a");
    CHECK_FALSE(refusals.is_refused("a", 2));
    refusals.forgive("a"); // again
}

TEST_CASE("a client that goes on talking stays refused, one that is silent is forgotten")
{
    refusals_t refusals;
    refusals.note("talks", 0);
    refusals.note("silent", 0);
    CHECK(refusals.is_refused("talks", 1000));
    refusals.forget_silent(refusals_t::forgotten_ms);
    CHECK(refusals.size() == 2);
    refusals.forget_silent(refusals_t::forgotten_ms + 1);
    CHECK(refusals.size() == 1);
    CHECK(refusals.is_refused("talks", refusals_t::forgotten_ms + 1));
}

TEST_CASE("so many clients are remembered, and no more")
{
    refusals_t refusals;
    for (std::size_t i = 0; i < refusals_t::most_remembered + 10; ++i)
        refusals.note(std::to_string(i), 0);
    CHECK(refusals.size() == refusals_t::most_remembered);
    const std::string last = std::to_string(refusals_t::most_remembered + 9);
    CHECK(refusals.is_refused(last, 0));
    refusals.note(last, 5); // again: it takes no other one's place
    CHECK(refusals.size() == refusals_t::most_remembered);
}

TEST_CASE("the log is told of a node once in a while")
{
    refusals_t refusals;
    const wire::node_id_t one = counting_id(1), other = counting_id(2);
    CHECK(refusals.must_log(one, 0));
    CHECK(refusals.must_log(other, 0));
    CHECK_FALSE(refusals.must_log(one, refusals_t::logged_again_ms - 1));
    CHECK(refusals.must_log(one, refusals_t::logged_again_ms));
    CHECK_FALSE(refusals.must_log(one, refusals_t::logged_again_ms + 1));
}
