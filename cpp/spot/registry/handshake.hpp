// How far this node has come with one peer: one state machine. Its events say what happened, its answers say
// what the caller has to do next, and its questions are the only place where "a welcomed node" or "may be
// told of subscriptions" is spelled out.
//
// Thread safety: none; the owner of the peer calls it. Pure: no socket, no clock, no log, no memory.
//
// Invariants:
//  1. A peer is one of four: unknown, a node with an id, a plain peer with an id that was drawn for it, or
//     this very node, without an id.
//  2. On one connection the peer's last word is one of four: none, WELCOME, REFUSED, BYE. With the next
//     connection it is none.
//  3. A peer whose last word is REFUSED, and one that was given up, is DOWN.
//  4. A peer comes UP in advance() only: over a connection that stands, when it is this node itself, or it
//     has listed its topics and either is plain or has said WELCOME, is located, and its echoes have come.
//  5. While the last word is BYE, only the WELCOME of another node counts on that connection.
//  6. Only a node is located, and only a node's echoes can have come. When its identity ends, both end.
//
// More than 30 methods: one for each event, and one for each question that the cluster layer asks.
#pragma once

#include <cstdint>
#include <initializer_list>

#include "spot/base/types.hpp"
#include "spot/wire/node_id.hpp"

namespace spot::registry
{
// What the caller has to do after an event.
enum class action_t : std::uint32_t
{
    greet = 1U << 0,               // send HELLO
    query = 1U << 1,               // send QUERY
    count_reconnect = 1U << 2,     // this was not the first connection
    explain_end = 1U << 3,         // it was UP: say that its connection ended
    end_identity = 1U << 4,        // take what belongs to its identity out of use, then call identity_ended()
    adopt = 1U << 5,               // call adopt(), take what it announced into use, then call adopted()
    relocate = 1U << 6,            // the node is known: see where it is now
    ask_for_list = 1U << 7,        // another node answers on the same connection: its topics are not known
    begin = 1U << 8,               // call begin()
    begin_echoes = 1U << 9,        // send a token on every data connection, then call echoes_begun()
    show = 1U << 10,               // publish the peer's record
    tell_down = 1U << 11,          // it is DOWN: say why, and release the calls that wait for it
    tell_subscriptions = 1U << 12, // it counts on this node's filters from now on
    settle = 1U << 13,             // finish the calls that wait until it is UP
    meet = 1U << 14,               // a node is UP: tell the membership, and end second links to it
    relay = 1U << 15,              // a plain peer has listed its topics: ask it to relay those
    advance = 1U << 16,            // call advance()
};

class actions_t
{
  public:
    actions_t() = default;
    actions_t(std::initializer_list<action_t> actions)
    {
        for (const action_t action : actions)
            add(action);
    }
    void add(action_t action) { _bits |= static_cast<std::uint32_t>(action); }
    bool has(action_t action) const { return (_bits & static_cast<std::uint32_t>(action)) != 0; }
    bool none() const { return _bits == 0; }
    friend bool operator==(const actions_t &a, const actions_t &b) { return a._bits == b._bits; }
    friend bool operator!=(const actions_t &a, const actions_t &b) { return !(a == b); }

  private:
    std::uint32_t _bits = 0;
};

class handshake_t
{
  public:
    // `own`: the id of this node.
    explicit handshake_t(const wire::node_id_t &own) : _own(own) {}

    // --- events of the control connection
    actions_t connected();
    actions_t disconnected();
    // The peer's connection is to be made anew, because something about it was cut short.
    void began_again();

    // --- events: what the peer said
    actions_t welcomed(const wire::node_id_t &id);
    actions_t refused();
    actions_t left(); // BYE; no action: it was not one that can leave
    // It answered a QUERY.
    enum class answer_t
    {
        ignored,  // it has refused this node, or has said BYE
        misnamed, // it was learned as a node, and is none
        plain,    // it has not said WELCOME first: adopt it as a plain peer
        taken,
    };
    answer_t answered(bool learned) const;
    actions_t listed(); // all of its topics are registered
    actions_t silent(); // for too long

    // --- events: who it is. While adopt() is not followed by adopted(), the identity is half adopted.
    void adopt(const wire::node_id_t &id);
    void adopt_plain(const wire::node_id_t &drawn);
    void adopted() { _half_adopted = false; }
    void identity_ended();
    // It is known where the node's data is, or that it has none.
    void located() { _located = _kind == kind_t::node; }

    // --- events: echoes. A token that a receiver subscribes to on the data connection comes back on the
    // control connection: that is its echo.
    actions_t begin();
    void echoes_begun(); // none is awaited so far
    void echo_awaited(); // one more
    void echo_came(bool last);
    void echoes_dropped();
    // It speaks, but its echoes do not come.
    actions_t gave_up();

    // Comes UP if it is ready, and is not UP already.
    actions_t advance();

    // --- questions
    const wire::node_id_t &id() const { return _id; } // empty: it is unknown, or this node itself
    bool has_id() const { return is_node() || is_plain(); }
    bool is_self() const { return _kind == kind_t::self; }
    bool is_plain() const { return _kind == kind_t::plain; }
    bool is_node() const { return _kind == kind_t::node; } // another one, now or before it was lost
    bool is_half_adopted() const { return _half_adopted; }

    peer_state_t state() const;
    bool is_up() const { return _phase == phase_t::up; }
    bool is_connecting() const { return _phase == phase_t::connecting; }
    bool is_down() const { return _phase == phase_t::down || _phase == phase_t::given_up; }
    bool is_given_up() const { return _phase == phase_t::given_up; }
    // UP, and a node other than this one.
    bool is_up_node() const { return is_up() && is_node(); }

    // The next five are about this connection; while there is none, about the last one.
    bool is_first_welcome() const { return _word != word_t::welcome; } // if WELCOME came now
    bool is_welcomed() const { return _word == word_t::welcome && is_node(); }
    bool is_refused() const { return _word == word_t::refusal; }
    // That node has said BYE on this connection, and nothing came of it since. A node that leaves still
    // answers HELLO and QUERY for a moment; what it says then must not bring it back.
    bool has_left(const wire::node_id_t &id) const { return _word == word_t::bye && id == _left; }
    bool has_listed() const { return _listed; }

    bool takes_subscriptions() const { return is_up() && is_welcomed(); }
    bool takes_greetings() const { return !is_plain() && !is_refused(); }
    // Its data connections are looked after: they are to bring it UP, or back from being given up.
    bool tends_data() const { return is_welcomed() && (!is_down() || is_given_up()); }
    // A plain peer owes no answer to HELLO: it is there while its connection is.
    bool may_fall_silent() const { return !is_down() && !(is_plain() && _link == link_t::connected); }
    bool echoes_came() const { return _echoes == echoes_t::came; }

  private:
    enum class kind_t
    {
        unknown,
        node,
        plain,
        self,
    };
    enum class link_t
    {
        never,
        connected,
        lost,
    };
    enum class word_t
    {
        none,
        welcome,
        refusal,
        bye,
    };
    enum class phase_t
    {
        connecting,
        up,
        down,
        given_up, // DOWN, because its echoes did not come
    };
    enum class echoes_t
    {
        none, // not asked for, or held off
        awaited,
        came,
    };

    bool is_ready() const;
    void take_kind(kind_t kind, const wire::node_id_t &id);

    const wire::node_id_t _own;
    wire::node_id_t _id;
    wire::node_id_t _left; // the node that said BYE last
    kind_t _kind = kind_t::unknown;
    link_t _link = link_t::never;
    word_t _word = word_t::none;
    phase_t _phase = phase_t::connecting;
    echoes_t _echoes = echoes_t::none;
    bool _listed = false;
    bool _located = false;
    bool _half_adopted = false;
};
}
