// The rules of a peer's handshake once more, in other words: what registry/handshake is compared with.
#pragma once

#include <cstdint>

#include "spot/base/types.hpp"
#include "spot/wire/node_id.hpp"

namespace spot::test
{
inline wire::node_id_t id_of_number(std::uint8_t number)
{
    wire::node_id_t id;
    id.bytes.fill(number);
    return id;
}

inline const wire::node_id_t own_id = id_of_number(1), first_node = id_of_number(2),
                             second_node = id_of_number(3), drawn_id = id_of_number(9);

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
    wire::node_id_t id;
    wire::node_id_t gone; // said BYE, while `bye` is true
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
    void become(const wire::node_id_t &who, bool plain)
    {
        forget_identity();
        is_self = who == own_id;
        is_plain = plain;
        id = is_self ? wire::node_id_t() : who;
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
    void hear_welcome(const wire::node_id_t &who)
    {
        if (bye && who == gone) // it answers what was asked before its BYE
            return;
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
            gone = id;
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
            listed = listed || (!refusal && !bye);
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
}
