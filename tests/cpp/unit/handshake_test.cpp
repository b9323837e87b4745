// Protects: every event in every state of a peer's handshake that can be reached. The machine is compared
// with a plain reference that repeats the rules in other words, along all paths of a search over its states
// and along random ones; and the states that must not exist are not reached.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <deque>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "spot/registry/handshake.hpp"

using spot::peer_state_t;
using spot::registry::action_t;
using spot::registry::actions_t;
using spot::registry::handshake_t;
using spot::wire::node_id_t;

namespace
{
node_id_t id_of_number(std::uint8_t number)
{
    node_id_t id;
    id.bytes.fill(number);
    return id;
}

const node_id_t own_id = id_of_number(1), first_node = id_of_number(2), second_node = id_of_number(3),
                drawn_id = id_of_number(9);

enum class happening_t
{
    connected,
    disconnected,
    began_again,
    welcomed_by_self,
    welcomed_by_first,
    welcomed_by_second,
    refused,
    left,
    answered,
    answered_learned,
    listed,
    silent,
    located,
    begun,
    echo_awaited,
    echo_came,
    last_echo_came,
    echoes_dropped,
    gave_up,
    identity_ended,
    count,
};

// The rules once more, in the words of the specification: sets of facts instead of four enumerations.
struct handshake_reference_t
{
    node_id_t id;
    bool is_self = false, is_plain = false;
    bool connected = false, was_connected = false;
    bool welcome = false, refusal = false, bye = false; // the last word
    bool listed = false, located = false;
    bool asked = false, confirmed = false; // echoes
    bool given_up = false;
    peer_state_t state = peer_state_t::connecting;

    bool has_id() const { return !id.empty(); }
    bool is_node() const { return has_id() && !is_plain; }

    void forget_identity()
    {
        id = {};
        is_self = is_plain = located = asked = confirmed = given_up = false;
    }
    void become(const node_id_t &who, bool plain)
    {
        forget_identity();
        is_self = who == own_id;
        is_plain = plain;
        id = is_self ? node_id_t() : who;
    }
    bool ready() const
    {
        if (!connected)
            return false;
        return is_self || (listed && (is_plain || (is_node() && welcome && located && confirmed)));
    }
    void come_up()
    {
        if (state == peer_state_t::up || !ready())
            return;
        state = peer_state_t::up;
        given_up = false;
    }
    void begin()
    {
        if (!welcome || !is_node())
            return;
        if (state == peer_state_t::down && !given_up) {
            state = peer_state_t::connecting;
            listed = false;
        }
        asked = false;
        confirmed = true;
        come_up();
    }
    void hear_welcome(const node_id_t &who)
    {
        const bool first = !welcome;
        const bool same = who == own_id ? is_self : is_node() && id == who;
        welcome = true;
        refusal = bye = false;
        if (!same)
            become(who, false);
        if (is_self)
            return come_up();
        if (!same || first || (state == peer_state_t::down && !given_up))
            begin();
    }
    void down()
    {
        state = peer_state_t::down;
        given_up = false;
    }

    void apply(happening_t event)
    {
        switch (event) {
        case happening_t::connected:
            connected = was_connected = true;
            welcome = refusal = bye = listed = false;
            return;
        case happening_t::disconnected:
            connected = false;
            if (state == peer_state_t::up)
                state = peer_state_t::connecting;
            return;
        case happening_t::began_again:
            welcome = refusal = bye = listed = false;
            return;
        case happening_t::welcomed_by_self:
            return hear_welcome(own_id);
        case happening_t::welcomed_by_first:
            return hear_welcome(first_node);
        case happening_t::welcomed_by_second:
            return hear_welcome(second_node);
        case happening_t::refused:
            refusal = true;
            welcome = bye = listed = false;
            down();
            return forget_identity();
        case happening_t::left:
            if (!is_node())
                return;
            bye = true;
            welcome = refusal = false;
            down();
            return forget_identity();
        case happening_t::answered:
            if (!welcome && !refusal && !bye && !is_plain)
                become(drawn_id, true);
            return;
        case happening_t::answered_learned: // an unknown one is dismissed instead
            if (!welcome && !refusal && !bye && !is_plain && (has_id() || is_self))
                become(drawn_id, true);
            return;
        case happening_t::listed:
            listed = !refusal;
            return come_up();
        case happening_t::silent:
            if (state != peer_state_t::down && !(is_plain && connected))
                down();
            return;
        case happening_t::located:
            located = is_node();
            return;
        case happening_t::begun:
            return begin();
        case happening_t::echo_awaited:
            asked = is_node();
            confirmed = false;
            return;
        case happening_t::echo_came:
            return;
        case happening_t::last_echo_came:
            if (asked) {
                asked = false;
                confirmed = true;
            }
            return come_up();
        case happening_t::echoes_dropped:
            asked = confirmed = false;
            return;
        case happening_t::gave_up:
            if (!welcome || !is_node())
                return;
            given_up = true;
            state = peer_state_t::down;
            return;
        case happening_t::identity_ended:
            return forget_identity();
        case happening_t::count:
            return;
        }
    }
};

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
    return text;
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

TEST_CASE("a node comes UP when it has welcomed, listed, is located, and its echoes have come, in any order")
{
    enum part_t
    {
        lists,
        is_located,
        confirms
    };
    std::array<part_t, 3> order{lists, is_located, confirms};
    do {
        handshake_t shake(own_id);
        CHECK(shake.connected() == actions_t{action_t::greet, action_t::query});
        CHECK(shake.welcomed(first_node) == actions_t{action_t::adopt, action_t::begin});
        shake.adopt(first_node);
        CHECK(shake.is_half_adopted());
        shake.adopted();
        CHECK(shake.begin() == actions_t{action_t::begin_echoes, action_t::show, action_t::advance});
        shake.echoes_begun();
        shake.echo_awaited();
        for (const part_t part : order) {
            CHECK(shake.advance().none());
            if (part == lists)
                shake.listed();
            else if (part == is_located)
                shake.located();
            else
                shake.echo_came(true);
        }
        CHECK(shake.advance() ==
              actions_t{action_t::show, action_t::tell_subscriptions, action_t::settle, action_t::meet});
        CHECK(shake.advance().none());
        CHECK(shake.takes_subscriptions());
    } while (std::next_permutation(order.begin(), order.end()));
}

TEST_CASE("a plain peer comes UP with its list, is not met as a node, and is not silent while connected")
{
    handshake_t shake(own_id);
    shake.connected();
    CHECK(shake.answered(true) == handshake_t::answer_t::misnamed);
    CHECK(shake.answered(false) == handshake_t::answer_t::plain);
    shake.adopt_plain(drawn_id);
    shake.adopted();
    CHECK(shake.answered(false) == handshake_t::answer_t::taken);
    CHECK(shake.listed() == actions_t{action_t::advance, action_t::relay});
    CHECK(shake.advance() == actions_t{action_t::show, action_t::tell_subscriptions, action_t::settle});
    CHECK(shake.silent().none());
    CHECK_FALSE(shake.takes_subscriptions());
    CHECK_FALSE(shake.takes_greetings());
    CHECK(shake.disconnected() == actions_t{action_t::explain_end, action_t::show});
    CHECK(shake.silent() == actions_t{action_t::tell_down});
}

TEST_CASE("an endpoint that led to another node, and now to this one, keeps nothing of the other")
{
    handshake_t shake(own_id);
    shake.connected();
    shake.welcomed(first_node);
    shake.adopt(first_node);
    shake.adopted();
    shake.disconnected();
    CHECK(shake.connected() == actions_t{action_t::greet, action_t::query, action_t::count_reconnect});
    CHECK(shake.welcomed(own_id) == actions_t{action_t::adopt, action_t::end_identity, action_t::advance});
    shake.identity_ended();
    shake.adopt(own_id);
    CHECK(shake.is_self());
    CHECK_FALSE(shake.has_id());
    CHECK_FALSE(shake.is_half_adopted());
    CHECK(shake.advance().has(action_t::settle));
    // And the other way round.
    CHECK(shake.welcomed(first_node).has(action_t::end_identity));
    shake.identity_ended();
    shake.adopt(first_node);
    CHECK_FALSE(shake.is_self());
    CHECK(shake.is_node());
}

TEST_CASE("after BYE nothing of the node is left, and the next WELCOME on that connection asks for a list")
{
    handshake_t shake(own_id);
    shake.connected();
    CHECK(shake.left().none()); // nobody is known yet
    shake.welcomed(first_node);
    shake.adopt(first_node);
    shake.adopted();
    CHECK(shake.left() == actions_t{action_t::tell_down, action_t::end_identity, action_t::show});
    shake.identity_ended();
    CHECK(shake.left().none());
    CHECK(shake.is_down());
    CHECK_FALSE(shake.is_welcomed());
    CHECK(shake.answered(false) == handshake_t::answer_t::taken); // not taken for a plain peer
    CHECK(shake.welcomed(second_node) == actions_t{action_t::adopt, action_t::begin, action_t::ask_for_list});
}

TEST_CASE("a peer that was given up stays DOWN whatever it says, until its echoes come")
{
    handshake_t shake(own_id);
    shake.connected();
    shake.welcomed(first_node);
    shake.adopt(first_node);
    shake.adopted();
    shake.listed();
    shake.located();
    shake.echoes_begun();
    shake.advance();
    CHECK(shake.gave_up() == actions_t{action_t::tell_down, action_t::begin_echoes});
    shake.echoes_begun();
    shake.echo_awaited();
    CHECK(shake.welcomed(first_node).none());
    CHECK(shake.silent().none());
    CHECK(shake.is_given_up());
    CHECK(shake.tends_data());
    shake.echo_came(true);
    CHECK(shake.advance().has(action_t::meet));
    CHECK_FALSE(shake.is_given_up());
}
