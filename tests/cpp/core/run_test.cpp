// Protects: the run protocol, event by event: a message is in one place, and comes once or, when it was
// called back to be dropped, not at all.
#include <doctest/doctest.h>

#include <string>

#include "spot/data/run.hpp"
#include "support.hpp"

using namespace spot;

namespace run_test
{
constexpr wire::source_t source = 7;

wire::node_id_t owner(std::uint8_t first)
{
    wire::node_id_t id;
    id.bytes[0] = first;
    return id;
}

// A frame of three messages: a, b and c.
ref_t<frame_t> make_frame()
{
    auto frame = ref_t<frame_t>::adopt(new frame_t);
    std::string records;
    for (const char c : {'a', 'b', 'c'})
        records += std::string("\1\0\0\0", 4) + c;
    frame->head = raw_message_t(records);
    frame->payload = frame->head.view();
    frame->slot = ref_t<topic_slot_t>::adopt(new topic_slot_t("t"));
    frame->node_id = owner(1);
    frame->source = source;
    frame->seq = 5;
    frame->count = 3;
    frame->batch = true;
    return frame;
}

// A receiver's cursor that stands in that frame, and the run that is lent of it.
struct lent_t
{
    explicit lent_t(bool watched = false)
    {
        cursor.begin(make_frame(), 2);
        lender.lend(cursor, run, watched);
    }
    bool may_read() const { return run.generation() == lender.generation(); }

    cursor_t cursor;
    run_lender_t lender;
    run_t run;
};

TEST_CASE("a run is lent whole, and is read message by message")
{
    lent_t lent;
    CHECK(lent.cursor.empty());
    CHECK(lent.lender.is_out());
    CHECK(lent.lender.slot().name == "t");
    CHECK(lent.lender.is_of(owner(1)));
    CHECK_FALSE(lent.lender.is_of(owner(2)));
    CHECK_FALSE(lent.run.is_watched());
    CHECK(lent_t(true).run.is_watched());
    std::string read;
    for (std::uint64_t seq = 5; !lent.run.empty(); ++seq) {
        CHECK(lent.may_read());
        CHECK(lent.run.seq() == seq);
        CHECK(lent.run.lost() == (seq == 5 ? 2u : 0u)); // the first message tells it
        read += lent.run.payload();
        lent.run.pop();
    }
    CHECK(read == "abc");
    lent.lender.end();
    CHECK_FALSE(lent.lender.is_out());
    CHECK_FALSE(lent.lender.is_of(owner(1)));
}

TEST_CASE("a run that is given back goes on in the receiver's cursor")
{
    lent_t lent;
    lent.run.pop();
    lent.lender.call_back(run_lender_t::fate_t::go_on);
    CHECK_FALSE(lent.may_read());
    lent.lender.take_back(lent.run, lent.cursor, true);
    CHECK(lent.run.empty());
    CHECK_FALSE(lent.lender.is_out());
    REQUIRE(lent.cursor.left() == 2);
    CHECK(lent.cursor.payload() == "b");
    lent.lender.lend(lent.cursor, lent.run, false); // the next generation
    CHECK(lent.may_read());
    CHECK(lent.run.payload() == "b");
}

TEST_CASE("a run that is called back to be dropped is dropped, whatever else calls it back")
{
    for (const bool first : {true, false}) {
        lent_t lent;
        if (first)
            lent.lender.call_back(run_lender_t::fate_t::drop);
        lent.lender.call_back(run_lender_t::fate_t::go_on);
        if (!first)
            lent.lender.call_back(run_lender_t::fate_t::drop);
        lent.lender.take_back(lent.run, lent.cursor, true);
        CHECK(lent.run.empty());
        CHECK(lent.cursor.empty());
    }
}

TEST_CASE("a receiver that is closed drops its run; an empty run can be given back")
{
    lent_t lent;
    lent.lender.take_back(lent.run, lent.cursor, false);
    CHECK(lent.run.empty());
    CHECK(lent.cursor.empty());
    lent_t emptied;
    while (!emptied.run.empty())
        emptied.run.pop();
    emptied.lender.take_back(emptied.run, emptied.cursor, true);
    CHECK(emptied.cursor.empty());
    CHECK_FALSE(emptied.lender.is_out());
}

TEST_CASE("the drop of an earlier run does not fall on the next one")
{
    lent_t lent;
    lent.lender.call_back(run_lender_t::fate_t::drop);
    lent.lender.take_back(lent.run, lent.cursor, true);
    lent.cursor.begin(make_frame(), 0);
    lent.lender.lend(lent.cursor, lent.run, false);
    CHECK(lent.may_read());
    lent.lender.take_back(lent.run, lent.cursor, true);
    CHECK(lent.cursor.left() == 3);
}
}
