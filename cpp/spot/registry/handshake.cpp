#include "spot/registry/handshake.hpp"

#include <utility>

namespace spot::registry
{
// --- the control connection ----------------------------------------------------------------------------

actions_t handshake_t::connected()
{
    actions_t actions{action_t::greet, action_t::query};
    if (_link != link_t::never)
        actions.add(action_t::count_reconnect);
    _link = link_t::connected;
    _word = word_t::none;
    _listed = false;
    return actions;
}

actions_t handshake_t::disconnected()
{
    _link = link_t::lost;
    if (!is_up())
        return {};
    _phase = phase_t::connecting;
    return {action_t::explain_end, action_t::show};
}

void handshake_t::began_again()
{
    _word = word_t::none;
    _listed = false;
}

// --- what the peer says --------------------------------------------------------------------------------

actions_t handshake_t::welcomed(const wire::node_id_t &id)
{
    if (has_left(id))
        return {};
    const bool first = _word != word_t::welcome;
    const bool first_word = first && _word != word_t::bye; // after BYE the connection is not a new one
    _word = word_t::welcome;
    const bool known = id == _own ? is_self() : is_node() && id == _id;
    if (known) {
        if (is_self())
            return {action_t::advance};
        if (first)
            return {action_t::relocate, action_t::begin};
        return _phase == phase_t::down ? actions_t{action_t::begin} : actions_t{};
    }
    actions_t actions{action_t::adopt};
    if (_kind != kind_t::unknown)
        actions.add(action_t::end_identity);
    if (id == _own) {
        actions.add(action_t::advance);
        return actions;
    }
    actions.add(action_t::begin);
    if (!first_word)
        actions.add(action_t::ask_for_list);
    return actions;
}

actions_t handshake_t::refused()
{
    actions_t actions{action_t::show};
    if (_word != word_t::refusal || !is_down())
        actions.add(action_t::tell_down);
    if (_kind != kind_t::unknown)
        actions.add(action_t::end_identity);
    _word = word_t::refusal;
    _listed = false;
    _phase = phase_t::down;
    return actions;
}

actions_t handshake_t::left()
{
    if (!is_node())
        return {};
    _word = word_t::bye;
    _left = _id;
    _phase = phase_t::down;
    return {action_t::tell_down, action_t::end_identity, action_t::show};
}

handshake_t::answer_t handshake_t::answered(bool learned) const
{
    if (is_refused() || _word == word_t::bye)
        return answer_t::ignored;
    // Nodes tell of nodes: a learned peer that is a plain one was named by mistake.
    if (learned && _kind == kind_t::unknown)
        return answer_t::misnamed;
    return _word == word_t::none && !is_plain() ? answer_t::plain : answer_t::taken;
}

actions_t handshake_t::listed()
{
    if (is_refused() || _word == word_t::bye)
        return {};
    _listed = true;
    actions_t actions{action_t::advance};
    if (is_plain())
        actions.add(action_t::relay);
    return actions;
}

actions_t handshake_t::silent()
{
    if (!may_fall_silent())
        return {};
    _phase = phase_t::down;
    return {action_t::tell_down};
}

// --- who it is -----------------------------------------------------------------------------------------

void handshake_t::take_kind(kind_t kind, const wire::node_id_t &id)
{
    _kind = kind;
    _id = id;
    _located = false;
    _echoes = echoes_t::none;
    if (_phase == phase_t::given_up) // that was said of another one
        _phase = phase_t::down;
}

void handshake_t::adopt(const wire::node_id_t &id)
{
    if (id == _own)
        return take_kind(kind_t::self, {});
    take_kind(kind_t::node, id);
    _half_adopted = true;
}

void handshake_t::adopt_plain(const wire::node_id_t &drawn)
{
    take_kind(kind_t::plain, drawn);
    _half_adopted = true;
}

void handshake_t::identity_ended()
{
    take_kind(kind_t::unknown, {});
    _half_adopted = false;
}

// --- echoes --------------------------------------------------------------------------------------------

actions_t handshake_t::begin()
{
    if (!is_welcomed())
        return {};
    actions_t actions{action_t::begin_echoes, action_t::show, action_t::advance};
    if (_phase == phase_t::down) { // it fell silent, and spoke again on the same connection
        _phase = phase_t::connecting;
        _listed = false;
        actions.add(action_t::query);
    }
    return actions;
}

void handshake_t::echoes_begun()
{
    _echoes = is_node() ? echoes_t::came : echoes_t::none;
}

void handshake_t::echo_awaited()
{
    _echoes = is_node() ? echoes_t::awaited : echoes_t::none;
}

void handshake_t::echo_came(bool last)
{
    if (_echoes == echoes_t::awaited && last)
        _echoes = echoes_t::came;
}

void handshake_t::echoes_dropped()
{
    _echoes = echoes_t::none;
}

actions_t handshake_t::gave_up()
{
    if (!is_welcomed())
        return {};
    _phase = phase_t::given_up;
    return {action_t::tell_down, action_t::begin_echoes};
}

// --- state ---------------------------------------------------------------------------------------------

bool handshake_t::is_ready() const
{
    if (_link != link_t::connected || is_half_adopted())
        return false;
    if (is_self())
        return true;
    return _listed && (is_plain() || (is_welcomed() && _located && echoes_came()));
}

actions_t handshake_t::advance()
{
    if (is_up() || !is_ready())
        return {};
    _phase = phase_t::up;
    actions_t actions{action_t::show, action_t::tell_subscriptions, action_t::settle};
    if (is_node())
        actions.add(action_t::meet);
    return actions;
}

peer_state_t handshake_t::state() const
{
    if (is_down())
        return peer_state_t::down;
    return is_up() ? peer_state_t::up : peer_state_t::connecting;
}
}
