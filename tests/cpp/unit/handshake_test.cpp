// Protects: every event in every state of a peer's handshake that can be reached. The machine is compared
// with a plain reference that repeats the rules in other words, along all paths of a search over its states
// and along random ones; and the states that must not exist are not reached.
#include <doctest/doctest.h>

#include <cstdint>
#include <deque>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "handshake_reference.hpp"
#include "spot/registry/handshake.hpp"

using spot::peer_state_t;
using spot::registry::action_t;
using spot::registry::actions_t;
using spot::registry::handshake_t;
using spot::wire::node_id_t;
using namespace spot::test;

namespace
{
// The machine, with a caller that carries out its actions as peers_t does.
struct handshake_caller_t
{
    handshake_t shake{own_id};

    void carry_out(actions_t actions, const node_id_t &who)
    {
        if (actions.has(action_t::end_identity))
            shake.identity_ended();
        if (actions.has(action_t::adopt)) {
            shake.adopt(who);
            shake.adopted();
        }
        if (actions.has(action_t::begin))
            carry_out(shake.begin(), who);
        if (actions.has(action_t::begin_echoes) && !shake.is_given_up())
            shake.echoes_begun();
        if (actions.has(action_t::advance))
            shake.advance();
    }
    void begin()
    {
        const actions_t actions = shake.begin();
        if (actions.has(action_t::begin_echoes))
            shake.echoes_begun();
        if (actions.has(action_t::advance))
            shake.advance();
    }
    void apply(happening_t event)
    {
        switch (event) {
        case happening_t::connected:
            return carry_out(shake.connected(), {});
        case happening_t::disconnected:
            return carry_out(shake.disconnected(), {});
        case happening_t::began_again:
            return shake.began_again();
        case happening_t::welcomed_by_self:
            return welcome(own_id);
        case happening_t::welcomed_by_first:
            return welcome(first_node);
        case happening_t::welcomed_by_second:
            return welcome(second_node);
        case happening_t::refused:
            return carry_out(shake.refused(), {});
        case happening_t::left:
            return carry_out(shake.left(), {});
        case happening_t::answered:
        case happening_t::answered_learned:
            if (shake.answered(event == happening_t::answered_learned) == handshake_t::answer_t::plain) {
                if (shake.has_id() || shake.is_self())
                    shake.identity_ended();
                shake.adopt_plain(drawn_id);
                shake.adopted();
            }
            return;
        case happening_t::listed:
            return carry_out(shake.listed(), {});
        case happening_t::silent:
            return carry_out(shake.silent(), {});
        case happening_t::located:
            return shake.located();
        case happening_t::begun:
            return begin();
        case happening_t::echo_awaited:
            return shake.echo_awaited();
        case happening_t::echo_came:
            return shake.echo_came(false);
        case happening_t::last_echo_came:
            shake.echo_came(true);
            shake.advance();
            return;
        case happening_t::echoes_dropped:
            return shake.echoes_dropped();
        case happening_t::gave_up:
            shake.gave_up();
            return;
        case happening_t::identity_ended:
            return shake.identity_ended();
        case happening_t::count:
            return;
        }
    }

  private:
    // As peers_t does it: with all of the actions of begin(), whether or not the peer was given up.
    void welcome(const node_id_t &who)
    {
        const actions_t actions = shake.welcomed(who);
        if (actions.has(action_t::end_identity))
            shake.identity_ended();
        if (actions.has(action_t::adopt)) {
            shake.adopt(who);
            shake.adopted();
        }
        if (actions.has(action_t::begin))
            return begin();
        if (actions.has(action_t::advance))
            shake.advance();
    }
};

// All that can be asked of it, as text: two machines that answer alike are taken for the same state.
std::string answers_of(const handshake_t &shake)
{
    std::string text = std::to_string(static_cast<int>(shake.state())) + shake.id().hex().substr(0, 2);
    for (const bool answer :
         {shake.is_self(), shake.is_plain(), shake.is_node(), shake.is_half_adopted(), shake.is_given_up(),
          shake.is_welcomed(), shake.is_first_welcome(), shake.is_refused(), shake.has_listed(),
          shake.takes_subscriptions(), shake.takes_greetings(), shake.tends_data(), shake.may_fall_silent(),
          shake.echoes_came()})
        text += answer ? '1' : '0';
    return text;
}

std::string answers_of(const handshake_reference_t &reference)
{
    const bool up = reference.state == peer_state_t::up, down = reference.state == peer_state_t::down;
    const bool welcomed = reference.welcome && reference.is_node();
    std::string text = std::to_string(static_cast<int>(reference.state)) + reference.id.hex().substr(0, 2);
    for (const bool answer :
         {reference.is_self, reference.is_plain, reference.is_node(), false, reference.given_up, welcomed,
          !reference.welcome, reference.refusal, reference.listed, up && welcomed,
          !reference.is_plain && !reference.refusal, welcomed && (!down || reference.given_up),
          !down && !(reference.is_plain && reference.connected), reference.confirmed})
        text += answer ? '1' : '0';
    return text;
}

// And what only later answers show.
std::string state_of(const handshake_reference_t &it)
{
    std::string text = answers_of(it);
    for (const bool fact : {it.connected, it.was_connected, it.bye, it.located, it.asked})
        text += fact ? '1' : '0';
    return it.bye ? text + it.gone.hex().substr(0, 2) : text;
}

void check_invariants(const handshake_caller_t &caller, const handshake_reference_t &reference)
{
    const handshake_t &shake = caller.shake;
    CHECK(int(shake.is_self()) + int(shake.is_plain()) + int(shake.is_node()) <= 1);
    CHECK(shake.has_id() == !shake.id().empty());
    if (shake.is_refused())
        CHECK((shake.is_down() && !shake.has_id() && !shake.is_self() && !shake.has_listed()));
    if (shake.is_given_up())
        CHECK((shake.is_down() && shake.is_node()));
    if (shake.is_up())
        CHECK(reference.connected);
    if (shake.echoes_came())
        CHECK(shake.is_node());
}
}

TEST_CASE("every event in every state of the handshake that can be reached ends where the reference does")
{
    constexpr int events = static_cast<int>(happening_t::count);
    struct place_t
    {
        handshake_caller_t caller;
        handshake_reference_t reference;
    };
    std::set<std::string> seen;
    std::deque<place_t *> todo;
    std::deque<place_t> places; // handshake_t is not assigned, only copied
    places.emplace_back();
    seen.insert(state_of(places.back().reference));
    todo.push_back(&places.back());
    while (!todo.empty()) {
        const place_t &from = *todo.front();
        todo.pop_front();
        for (int number = 0; number < events; ++number) {
            const auto event = static_cast<happening_t>(number);
            // A connection ends only after it was made, and the other way round.
            if ((event == happening_t::connected) == from.reference.connected && number < 2)
                continue;
            place_t to = from;
            to.caller.apply(event);
            to.reference.apply(event);
            CAPTURE(state_of(from.reference));
            CAPTURE(number);
            REQUIRE(answers_of(to.caller.shake) == answers_of(to.reference));
            check_invariants(to.caller, to.reference);
            if (!seen.insert(state_of(to.reference)).second)
                continue;
            places.push_back(to);
            todo.push_back(&places.back());
        }
    }
    CHECK(seen.size() > 100); // the search got somewhere
}

TEST_CASE("along random paths the handshake does as the reference does")
{
    std::mt19937 random(7); // NOLINT(cert-msc32-c,cert-msc51-cpp): the same paths every time
    std::uniform_int_distribution<int> any(0, static_cast<int>(happening_t::count) - 1);
    for (int path = 0; path < 200; ++path) {
        handshake_caller_t caller;
        handshake_reference_t reference;
        for (int step = 0; step < 100; ++step) {
            const int number = any(random);
            const auto event = static_cast<happening_t>(number);
            if ((event == happening_t::connected) == reference.connected && number < 2)
                continue;
            caller.apply(event);
            reference.apply(event);
            REQUIRE(answers_of(caller.shake) == answers_of(reference));
        }
    }
}
