// The record of one peer: its connection, how far the handshake with it is, and the bookkeeping of the parts
// of peers_t, each of which keeps a field of its own here, so that no part looks a peer up a second time.
//
// Thread safety: none; the service thread owns it. The counters are shared with the threads of users.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "spot/base/clock.hpp"
#include "spot/base/log.hpp"
#include "spot/base/no_memory.hpp"
#include "spot/base/types.hpp"
#include "spot/cluster/receivers.hpp"
#include "spot/cluster/shared_state.hpp"
#include "spot/cluster/spot_node.hpp"
#include "spot/cluster/subs_schedule.hpp"
#include "spot/cluster/topic_intake.hpp"
#include "spot/data/link.hpp"
#include "spot/registry/confirmation.hpp"
#include "spot/registry/handshake.hpp"
#include "spot/registry/reason.hpp"
#include "spot/transport/probe.hpp"
#include "spot/transport/reach.hpp"

namespace spot
{
using registry::action_t;
using registry::actions_t;
using registry::cause_t;
using registry::trouble_t;

// While a connection is being set up libzmq has time-outs of its own. A connection that is not made so long
// after the last attempt was given up, and is begun anew.
inline constexpr millis_t stuck_connection_ms = 3000;

struct peer_t
{
    // `own`: the id of this node.
    peer_t(registry::peer_key_t key, std::string spelled, endpoint_t endpoint, const node_options_t &options,
           const wire::node_id_t &own)
        : node(*this, std::move(endpoint), options), handshake(own), confirmation(options.heartbeat_ms),
          _key(key), _spelled(std::move(spelled))
    {
    }
    peer_t(const peer_t &) = delete;
    peer_t &operator=(const peer_t &) = delete;

    registry::peer_key_t key() const { return _key; }
    // As the user, or the peer that told of it, spelled its endpoint.
    const std::string &spelled() const { return _spelled; }
    // The user added it, and spells it so.
    void adopt(std::string spelled)
    {
        _spelled = std::move(spelled);
        origin.learned = false;
    }
    bool unfinished() const { return node.unfinished() || begins_again; }

    spot_node_t node;
    registry::handshake_t handshake;
    registry::confirmation_t confirmation;

    // There was no memory for a part of the work on this peer. Its connection is to be made anew, so that all
    // is said once more.
    bool begins_again = false;
    bool unshown = false; // its record in shared_state_t is not up to date, for the same reason

    // Its announcement in WELCOME.
    struct announced_t
    {
        std::string name;
        std::uint64_t features = 0;
        std::string control_endpoint; // may be empty
    };
    announced_t announced;
    // The ids of peers are claimed: where two peers at different places have one id, the peer with the lower
    // claim had it first.
    std::uint64_t claim = 0;

    // Where its data or its ingress is; kept by peer_places_t.
    struct place_t
    {
        std::string announced; // empty: nowhere
        bool known = false;    // where that is, seen from here
        bool asked = false;    // its name is being looked up
        millis_t due = 0;      // for the next look-up
    };
    place_t data, ingress;
    std::string data_endpoint;    // where this node's receivers are connected; empty: nowhere
    bool holds_data = false;      // it is one of the users of its id's data connection
    std::string ingress_endpoint; // where `way` leads
    std::shared_ptr<way_t> way;   // to its ingress; null: none yet

    // A token that a receiver subscribed to on the data connection, and that has not come back on the control
    // connection; kept by echoes_t.
    struct echo_t
    {
        receiver_id_t receiver;
        std::uint64_t counter;
        // For how long the service thread has looked for it, since the token was sent, or since the data
        // connection that carries it was made.
        millis_t waited;
    };
    std::vector<echo_t> echoes; // at most one for each receiver
    std::vector<echo_t>::iterator find_echo(receiver_id_t receiver)
    {
        return std::find_if(echoes.begin(), echoes.end(),
                            [&](const echo_t &echo) { return echo.receiver == receiver; });
    }
    bool owes_echo(receiver_id_t receiver) const
    {
        return std::any_of(echoes.begin(), echoes.end(),
                           [&](const echo_t &echo) { return echo.receiver == receiver; });
    }

    trouble_t trouble; // why it is not UP; kept by peer_reasons_t
    // Looks why there is no connection; kept by peer_reasons_t.
    struct inquiry_t
    {
        std::unique_ptr<probe_t> probe; // null: none is under way
        millis_t due = 0;               // for the next probe, while there is no connection
        millis_t pause = 0;             // between that probe and the one after it
    };
    inquiry_t inquiry;

    // The look-up of its name; kept by peer_addresses_t.
    struct lookup_t
    {
        bool asked = false;     // an answer is awaited
        millis_t due = 0;       // not before, while it is not connected
        millis_t pause = 0;     // until the next one
        std::string problem;    // why there is no address, in the resolver's own words; empty: there is one
        millis_t warned_at = 0; // of an endpoint that is not used; 0: never
    };
    lookup_t lookup;

    // How it came to be a peer; kept by membership_t.
    struct origin_t
    {
        bool learned = false;     // from other nodes: it goes when there is no use for it
        bool was_learned = false; // so it was, before the user added it, too
        bool seed = false;        // of join(): it goes when it is this very node
        wire::node_id_t expected; // of a learned peer without WELCOME: the node that is said to be there
        distance_t across;        // of a learned peer: how far away its teller is
        std::string teller;       // the peer, or the host, that told of it
        millis_t may_name = 0;    // how many entries of PEERS it may send now
        millis_t named_at = 0;    // when that was counted
        millis_t last_seen = 0;   // of a learned peer: when it was UP, or others said so
        bool leaving = false;     // it goes at the end of this turn
    };
    origin_t origin;
    millis_t given_up_warned_at = 0; // of a data connection that libzmq gave up; 0: never
    const std::shared_ptr<peer_counters_t> counters = std::make_shared<peer_counters_t>();

    // Its topics as they are registered here; kept by topic_mirror_t.
    struct topics_t
    {
        std::uint64_t version = 0; // after the last change; 0: not known, the next change will tell
        bool behind = false;       // something was missed: changes wait for a whole list
        millis_t asked_at = 0;     // for that list; 0: never
        millis_t patience = 0;     // until it is asked for again
    };
    topics_t topics;
    // A message about its topics that is being taken in. Meanwhile the connection is held.
    const std::unique_ptr<topic_intake_t> &intake() const { return _intake; }
    std::unique_ptr<topic_intake_t> set_intake(std::unique_ptr<topic_intake_t> intake)
    {
        node.hold(intake != nullptr);
        return std::exchange(_intake, std::move(intake));
    }

    // Those of its topics that others may own, too; kept by topic_rivals_t.
    std::unordered_set<std::string> shared;

    // The reports that it got of this node's subscriptions; kept by subscription_reports_t.
    subs_schedule_t subs;
    std::set<receiver_id_t> told_receivers; // the receivers whose lists it has
    bool subscriptions_missed = false;      // there was no room for a list

    // The ends of this node's streams to it that it was not told of; kept by peer_ways_t.
    std::vector<wire::stream_end_t> untold_ends;
    bool all_ends_untold = true; // on this connection

    // Of a plain peer, by topic: whether it was asked to relay it on this connection, and how many messages
    // came.
    struct relayed_t
    {
        bool asked = false;
        std::uint64_t count = 0;
    };
    std::unordered_map<std::string, relayed_t> relayed;

    // In the log: by its endpoint and, once it told it, by its name.
    friend void append_to(std::string &line, const peer_t &peer)
    {
        append_to(line, quoted(peer._spelled));
        if (peer.announced.name.empty())
            return;
        append_to(line, " (");
        append_to(line, quoted(peer.announced.name));
        append_to(line, ")");
    }

  private:
    const registry::peer_key_t _key;
    std::string _spelled;
    std::unique_ptr<topic_intake_t> _intake;
};

// Does a part of the work on one peer. Where there is no memory for it, the peer begins again.
template <typename Work> void attend(peer_t &peer, Work work)
{
    if (!attempt(work))
        peer.begins_again = true;
}
}
