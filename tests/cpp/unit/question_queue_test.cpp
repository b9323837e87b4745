// Protects: questions are answered in the order in which they came, as often as they were asked, and cost a
// bounded amount of memory.
#include <doctest/doctest.h>

#include <deque>
#include <string>
#include <utility>

#include "spot/registry/question_queue.hpp"
#include "support.hpp"

using namespace spot::test;
using spot::registry::question_queue_t;

TEST_CASE("an empty queue has nothing")
{
    question_queue_t queue;
    CHECK(queue.empty());
    CHECK_FALSE(queue.waits("c"));
    CHECK(queue.next("c") == nullptr);
    queue.answered("c");
    queue.forget("c");
    CHECK(queue.connections().empty());
}

TEST_CASE("equal questions in a row share an entry, and each is answered")
{
    question_queue_t queue;
    for (int i = 0; i < 1000; ++i)
        REQUIRE(queue.add("c", "c/1", false));
    for (int i = 0; i < 1000; ++i) {
        REQUIRE(queue.next("c") != nullptr);
        queue.answered("c");
    }
    CHECK(queue.empty());
}

TEST_CASE("a connection has so many different questions, and others are dropped without harm to the rest")
{
    question_queue_t queue;
    for (std::size_t i = 0; i < question_queue_t::most_per_connection; ++i)
        REQUIRE(queue.add("c", std::to_string(i), false));
    CHECK_FALSE(queue.add("c", "one more", false));
    const std::string last = std::to_string(question_queue_t::most_per_connection - 1);
    CHECK(queue.add("c", last, false));      // shares the last entry
    CHECK_FALSE(queue.add("c", last, true)); // another kind of answer
    CHECK(queue.add("another", "x", false)); // another connection
    CHECK(queue.next("c")->address == "0");
    queue.answered("c");
    CHECK(queue.add("c", "one more", false));
}

TEST_CASE("a connection that is forgotten takes its questions with it, and no others")
{
    question_queue_t queue;
    queue.add("c", "c/1", false);
    queue.add("d", "d/1", true);
    queue.forget("c");
    CHECK_FALSE(queue.waits("c"));
    REQUIRE(queue.next("d") != nullptr);
    CHECK(queue.next("d")->delimiter);
    CHECK(queue.connections() == std::vector<std::string>{"d"});
}

TEST_CASE("against a list of questions: order, number and kind are the same")
{
    dice_t dice(7);
    question_queue_t queue;
    std::deque<std::pair<std::string, bool>> model;
    for (int step = 0; step < 5000; ++step) {
        if (dice.chance(55)) {
            const std::string address = std::to_string(dice.roll(3));
            const bool delimiter = dice.chance(50);
            if (queue.add("c", address, delimiter))
                model.emplace_back(address, delimiter);
        } else if (!model.empty()) {
            const auto *const next = queue.next("c");
            REQUIRE(next != nullptr);
            REQUIRE(next->address == model.front().first);
            REQUIRE(next->delimiter == model.front().second);
            queue.answered("c");
            model.pop_front();
        }
        REQUIRE(queue.waits("c") == !model.empty());
        REQUIRE(queue.empty() == model.empty());
    }
}
