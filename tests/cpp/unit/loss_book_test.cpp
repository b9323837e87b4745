// Protects: that a receive queue counts each loss once, for the topic and for the owner, also when a
// subscription ends or a topic is gone and comes back.
#include <doctest/doctest.h>

#include "spot/registry/loss_book.hpp"

using namespace spot::registry;
using spot::millis_t;

namespace loss_book_test
{
millis_t now = 1000;
millis_t fake_now()
{
    return now;
}

std::uint64_t unreported(const loss_book_t &book, spot::wire::source_t source, const std::string &topic)
{
    const auto topics = book.unreported().find(source);
    if (topics == book.unreported().end())
        return 0;
    const auto count = topics->second.find(topic);
    return count == topics->second.end() ? 0 : count->second;
}

TEST_CASE("a gap is lost for the topic, and to be reported to its owner")
{
    loss_book_t book(&fake_now);
    topic_losses_t topic;
    CHECK(book.advance(topic, "t", 1, 1, 2, 10) == 0);
    CHECK(book.unreported().empty());
    CHECK(book.advance(topic, "t", 1, 5, 1, 10) == 2);
    CHECK(book.advance_to_mark(topic, "t", 1, 9) == 3);
    CHECK(unreported(book, 1, "t") == 5);
    CHECK(topic.ledger().total().lost == 5);
    CHECK(topic.take_untold(1) == 3); // the mark's; a message has told the other
    book.clear_unreported();
    CHECK(book.advance_to_mark(topic, "t", 1, 9) == 0);
    CHECK(unreported(book, 1, "t") == 0);
}

TEST_CASE("a gap that is forgiven is lost nowhere")
{
    loss_book_t book(&fake_now);
    topic_losses_t topic;
    book.advance(topic, "t", 1, 1, 1, 0);
    topic.forgive_first_gap(now);
    CHECK(book.advance(topic, "t", 1, 5, 1, 0) == 0);
    CHECK(unreported(book, 1, "t") == 0);
    CHECK(topic.ledger().total().lost == 0);
    CHECK(book.advance(topic, "t", 1, 7, 1, 0) == 1);
}

TEST_CASE("the end of a subscription leaves its counts with the owners")
{
    loss_book_t book(&fake_now);
    topic_losses_t topic;
    book.advance(topic, "t", 1, 1, 2, 20);
    book.advance(topic, "t", 2, 1, 1, 5);
    book.end(topic);
    CHECK(topic.ledger().empty());
    CHECK(book.ended().at(1).received == 2);
    CHECK(book.ended().at(1).bytes == 20);
    CHECK(book.ended().at(2).received == 1);
    book.forget({1});
    CHECK(book.ended().count(1) == 0);
    CHECK(book.ended().count(2) == 1);
}

TEST_CASE("a topic that comes back goes on with its numbers, and counts once")
{
    loss_book_t book(&fake_now);
    topic_losses_t topic;
    book.advance(topic, "t", 1, 1, 3, 30);
    book.put_aside(topic, "t");
    CHECK(book.ended().at(1).received == 3);
    REQUIRE(book.find_aside("t") != nullptr);
    CHECK(book.find_aside("t")->ledger().has_reached(1, 4));
    CHECK(book.find_aside("u") == nullptr);

    topic_losses_t back;
    book.take_up(back, "t");
    CHECK(book.ended().at(1).received == 0);
    CHECK(book.find_aside("t") == nullptr);
    CHECK(book.advance(back, "t", 1, 6, 1, 0) == 2);

    topic_losses_t other;
    book.take_up(other, "u"); // nothing is kept of it
    CHECK(other.ledger().empty());
}

TEST_CASE("what is aside goes with its owner, and with its subscription")
{
    loss_book_t book(&fake_now);
    for (const std::string name : {"a", "b"}) {
        topic_losses_t topic;
        book.advance(topic, name, name == "a" ? 1 : 2, 1, 1, 0);
        book.put_aside(topic, name);
    }
    book.forget({1});
    CHECK(book.find_aside("a") == nullptr);
    CHECK(book.find_aside("b") != nullptr);
    book.drop_asides([](const std::string &topic) { return topic == "b"; });
    CHECK(book.find_aside("b") == nullptr);
}
}
