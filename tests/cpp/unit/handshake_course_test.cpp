// Protects the course of a handshake: which actions each step asks for, for a node, for a plain peer, for
// this node itself, after BYE, and for a peer that was given up.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstdint>

#include "spot/registry/handshake.hpp"

using spot::registry::action_t;
using spot::registry::actions_t;
using spot::registry::handshake_t;

namespace
{
spot::wire::node_id_t id_filled_with(std::uint8_t number)
{
    spot::wire::node_id_t id;
    id.bytes.fill(number);
    return id;
}

const spot::wire::node_id_t this_node_id = id_filled_with(1), one_node_id = id_filled_with(2),
                            another_node_id = id_filled_with(3), plain_node_id = id_filled_with(9);
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
        handshake_t shake(this_node_id);
        CHECK(shake.connected() == actions_t{action_t::greet, action_t::query});
        CHECK(shake.welcomed(one_node_id) == actions_t{action_t::adopt, action_t::begin});
        shake.adopt(one_node_id);
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
    handshake_t shake(this_node_id);
    shake.connected();
    CHECK(shake.answered(true) == handshake_t::answer_t::misnamed);
    CHECK(shake.answered(false) == handshake_t::answer_t::plain);
    shake.adopt_plain(plain_node_id);
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
    handshake_t shake(this_node_id);
    shake.connected();
    shake.welcomed(one_node_id);
    shake.adopt(one_node_id);
    shake.adopted();
    shake.disconnected();
    CHECK(shake.connected() == actions_t{action_t::greet, action_t::query, action_t::count_reconnect});
    CHECK(shake.welcomed(this_node_id) ==
          actions_t{action_t::adopt, action_t::end_identity, action_t::advance});
    shake.identity_ended();
    shake.adopt(this_node_id);
    CHECK(shake.is_self());
    CHECK_FALSE(shake.has_id());
    CHECK_FALSE(shake.is_half_adopted());
    CHECK(shake.advance().has(action_t::settle));
    // And the other way round.
    CHECK(shake.welcomed(one_node_id).has(action_t::end_identity));
    shake.identity_ended();
    shake.adopt(one_node_id);
    CHECK_FALSE(shake.is_self());
    CHECK(shake.is_node());
}

TEST_CASE("after BYE nothing of the node is left, and only another node's WELCOME counts on that connection")
{
    handshake_t shake(this_node_id);
    shake.connected();
    CHECK(shake.left().none()); // nobody is known yet
    shake.welcomed(one_node_id);
    shake.adopt(one_node_id);
    shake.adopted();
    CHECK(shake.left() == actions_t{action_t::tell_down, action_t::end_identity, action_t::show});
    shake.identity_ended();
    CHECK(shake.left().none());
    CHECK(shake.is_down());
    CHECK_FALSE(shake.is_welcomed());
    CHECK(shake.answered(false) == handshake_t::answer_t::ignored); // nor taken for a plain peer
    CHECK(shake.listed().none());
    CHECK(shake.has_left(one_node_id));
    CHECK(shake.welcomed(one_node_id).none());
    CHECK_FALSE(shake.has_id());
    CHECK(shake.is_down());
    CHECK(shake.welcomed(another_node_id) ==
          actions_t{action_t::adopt, action_t::begin, action_t::ask_for_list});
}

TEST_CASE("a peer that was given up stays DOWN whatever it says, until its echoes come")
{
    handshake_t shake(this_node_id);
    shake.connected();
    shake.welcomed(one_node_id);
    shake.adopt(one_node_id);
    shake.adopted();
    shake.listed();
    shake.located();
    shake.echoes_begun();
    shake.advance();
    CHECK(shake.gave_up() == actions_t{action_t::tell_down, action_t::begin_echoes});
    shake.echoes_begun();
    shake.echo_awaited();
    CHECK(shake.welcomed(one_node_id).none());
    CHECK(shake.silent().none());
    CHECK(shake.is_given_up());
    CHECK(shake.tends_data());
    shake.echo_came(true);
    CHECK(shake.advance().has(action_t::meet));
    CHECK_FALSE(shake.is_given_up());
}
