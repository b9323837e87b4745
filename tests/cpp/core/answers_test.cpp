// Protects: each question is answered once, in its turn, when there is room; one turn does not answer without
// end. No socket: the ROUTER's sending side and the answers are fakes.
#include <string>
#include <vector>

#include "fake_client_out.hpp"
#include "spot/cluster/answers.hpp"
#include "support.hpp"

using namespace spot;
using namespace spot::test;

namespace
{
struct question_desk_t
{
    std::vector<std::string> answered;
    std::size_t frames = 1;
    fake_client_out_t out;
    answers_t answers{out, [this](const std::string &address, bool) {
                          answered.push_back(address);
                          return frames;
                      }};
};
}

TEST_CASE("a question with room is answered at once")
{
    question_desk_t desk;
    desk.answers.begin_turn();
    CHECK(desk.answers.take(address_of("a"), false));
    CHECK(desk.answered.size() == 1);
    CHECK_FALSE(desk.answers.wait());
}

TEST_CASE("without room questions wait, in order, and are answered when room comes")
{
    question_desk_t desk;
    const std::string first = address_of("a"), other = address_of("b");
    desk.out.without_room.insert(first);
    desk.answers.begin_turn();
    for (int i = 0; i < 3; ++i)
        CHECK(desk.answers.take(first, false));
    CHECK(desk.answers.take(other, false)); // others need not wait
    CHECK(desk.answered == std::vector<std::string>{other});
    CHECK(desk.answers.work());
    CHECK(desk.answers.wait("a"));
    CHECK_FALSE(desk.answers.wait("b"));
    desk.out.without_room.clear();
    CHECK(desk.answers.work());
    CHECK(desk.answered.size() == 4);
    CHECK_FALSE(desk.answers.wait());
}

TEST_CASE("a turn answers so many frames, and the rest in the next one")
{
    question_desk_t desk;
    desk.frames = answers_t::frames_per_turn - 1;
    desk.answers.begin_turn();
    for (int i = 0; i < 5; ++i)
        desk.answers.take(address_of("a"), false);
    CHECK(desk.answered.size() == 2); // one frame was left for the second
    CHECK_FALSE(desk.answers.work());
    CHECK(desk.answered.size() == 2);
    desk.answers.begin_turn();
    CHECK_FALSE(desk.answers.work());
    CHECK(desk.answered.size() == 4);
    desk.answers.begin_turn();
    CHECK(desk.answers.work());
    CHECK(desk.answered.size() == 5);
    CHECK_FALSE(desk.answers.wait());
}

TEST_CASE("a connection that has ended takes its questions with it")
{
    question_desk_t desk;
    desk.out.without_room.insert(address_of("a"));
    desk.answers.begin_turn();
    desk.answers.take(address_of("a"), false);
    desk.answers.forget("a");
    desk.out.without_room.clear();
    CHECK(desk.answers.work());
    CHECK(desk.answered.empty());
}

TEST_CASE("too many questions that wait are dropped, and that is said")
{
    question_desk_t desk;
    desk.answers.begin_turn();
    desk.frames = answers_t::frames_per_turn;
    desk.answers.take(address_of("x"), false); // the turn is over
    bool kept = true;
    for (int i = 0; kept && i < 100000; ++i)
        kept = desk.answers.take(address_of("a"), i % 2 == 0);
    CHECK_FALSE(kept);
}
