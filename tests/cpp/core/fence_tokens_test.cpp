// Protects the tokens of fences: each has a counter of its own, and none is left subscribed to for ever.
#include "spot/cluster/fence_tokens.hpp"

#include <doctest/doctest.h>

#include "recorded_receivers.hpp"

using namespace spot;
using namespace spot::test;

TEST_CASE("a token is subscribed to until its end, and its counter is not used again")
{
    recorded_receivers_t receivers;
    fence_tokens_t tokens(receivers, node_numbered(1));
    const std::uint64_t first = tokens.begin(0);
    CHECK(receivers.take() == std::vector<std::string>{"subscribe 0 " + std::to_string(first)});
    tokens.end(first);
    CHECK(receivers.take() == std::vector<std::string>{"unsubscribe 0 " + std::to_string(first)});
    tokens.end(first);
    CHECK(receivers.take().empty());
    CHECK(tokens.begin(0) != first);
}

TEST_CASE("a token whose end finds no memory is ended by a later sweep")
{
    recorded_receivers_t receivers;
    fence_tokens_t tokens(receivers, node_numbered(1));
    const std::uint64_t counter = tokens.begin(0);
    receivers.take();
    receivers.starved = true;
    tokens.end(counter);
    tokens.sweep();
    CHECK(tokens.subscribed() == 1);
    receivers.starved = false;
    tokens.sweep();
    CHECK(receivers.take() == std::vector<std::string>{"unsubscribe 0 " + std::to_string(counter)});
    CHECK(tokens.subscribed() == 0);
}

TEST_CASE("a token that could not be subscribed to is ended by the next sweep")
{
    recorded_receivers_t receivers;
    fence_tokens_t tokens(receivers, node_numbered(1));
    receivers.starved = true;
    CHECK_THROWS_AS(tokens.begin(0), std::bad_alloc);
    receivers.starved = false;
    tokens.sweep(); // the receiver may have it
    CHECK(receivers.take().size() == 1);
    CHECK(tokens.subscribed() == 0);
}

TEST_CASE("a receiver that goes takes its tokens with it, and each is told of")
{
    recorded_receivers_t receivers;
    receivers.all = {0, 1};
    fence_tokens_t tokens(receivers, node_numbered(1));
    const std::uint64_t kept = tokens.begin(0), dropped = tokens.begin(1);
    std::vector<std::uint64_t> told;
    tokens.forget_receiver(1, [&](std::uint64_t counter) { told.push_back(counter); });
    CHECK(told == std::vector<std::uint64_t>{dropped});
    receivers.take();
    tokens.end(dropped);
    CHECK(receivers.take().empty());
    tokens.end(kept);
    CHECK(tokens.subscribed() == 0);
}
