// Protects: the numbers of a stream that is sent: which are used, told, and known to have arrived.
#include <doctest/doctest.h>

#include "spot/registry/sent_stream.hpp"

using spot::registry::sent_stream_t;

TEST_CASE("numbers are used by own messages and by relayed ones, and told apart")
{
    sent_stream_t stream(5);
    CHECK_FALSE(stream.begun());
    stream.use(3);
    stream.use_relayed(2);
    stream.count_bytes(30);
    CHECK(stream.begun());
    CHECK(stream.first() == 5);
    CHECK(stream.next() == 10);
    CHECK(stream.own() == 3);
    CHECK(stream.relayed() == 2);
    CHECK(stream.bytes() == 30);
}

TEST_CASE("a stream is silent when nothing was sent between two heartbeats, and its end is news once")
{
    sent_stream_t stream;
    stream.use(1);
    CHECK_FALSE(stream.settle());
    CHECK(stream.settle());
    CHECK(stream.has_news());
    stream.note_told();
    CHECK_FALSE(stream.has_news());
    stream.use(1);
    CHECK_FALSE(stream.settle());
    CHECK(stream.has_news());
}

TEST_CASE(
    "what was sent before the last heartbeat has reached an owner that lives; a connection's end says all")
{
    sent_stream_t stream;
    CHECK(stream.unreached() == 0);
    stream.note_reached(false); // nothing was settled yet: the beginning stands
    stream.use(4);
    CHECK(stream.unreached() == 4);
    stream.settle();
    stream.use(2);
    stream.note_reached(false);
    CHECK(stream.unreached() == 2);
    stream.note_reached(true);
    CHECK(stream.unreached() == 0);
    stream.note_reached(false); // never goes back
    CHECK(stream.unreached() == 0);
}
