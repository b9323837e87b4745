// The nodes that talk to the ROUTER: HELLO and BYE, fences, the ends of streams, reports of losses and of
// subscriptions, and news of other nodes.
//
// A node's session begins with a HELLO that is welcomed. It ends with its BYE, or when nothing was heard of
// the node for registry::session_t::expiry_ms, or when its connection is found to be gone.
//
// Invariants:
//   1. local_topics_t keeps a log of changes exactly as long as there is a session.
//   2. known_subscribers_t has subscribers of a node only while the node has a session. They are forgotten
//   with
//      the node's last address.
//   3. A client that named one node id cannot take another one: its HELLO is malformed then.
//
// A take_... method handles one message. It returns false when the message is malformed; the caller counts.
//
// Thread safety: none; the service thread.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "spot/base/clock.hpp"
#include "spot/base/log.hpp"
#include "spot/cluster/callers.hpp"
#include "spot/cluster/client_out.hpp"
#include "spot/cluster/client_places.hpp"
#include "spot/cluster/clients.hpp"
#include "spot/cluster/server_counters.hpp"
#include "spot/cluster/shared_state.hpp"
#include "spot/data/publisher.hpp"
#include "spot/registry/refusals.hpp"
#include "spot/transport/endpoint.hpp"
#include "spot/transport/reach.hpp"
#include "spot/wire/control.hpp"

namespace spot
{
class node_sessions_t
{
  public:
    node_sessions_t(shared_state_t &state, publisher_t &publisher, clients_t &clients, callers_t &callers,
                    client_out_t &out, client_places_t &places, server_counters_t &counters,
                    const logger_t &log)
        : _state(state), _publisher(publisher), _clients(clients), _callers(callers), _out(out),
          _places(places), _counters(counters), _log(log)
    {
    }

    // A node that has a control endpoint said HELLO, from a host (the rest of the endpoint means nothing).
    std::function<void(const wire::hello_t &hello, const endpoint_t &from)> hello_heard;
    // The PEERS message for nodes that are that far away. Empty: there is nothing to tell.
    std::function<wire::frames_t(const distance_t &distance)> peers_for;
    // A node said BYE, and has no session left.
    std::function<void(const wire::node_id_t &id)> node_left;
    // A node says how far its streams to this node have got.
    std::function<void(wire::source_t publisher, std::vector<wire::stream_end_t> ends)> ends_heard;
    // The client at that address is to be forgotten.
    std::function<void(const std::string &address)> forget;

    // The answer to HELLO.
    void set_welcome(wire::hello_t hello) { _welcome = std::move(hello); }

    bool take_hello(const std::string &address, bool delimiter, const wire::frame_views_t &frames,
                    const endpoint_t &from, millis_t now);
    void take_bye(const std::string &address);
    bool take_losses(const std::string &address, const wire::frame_views_t &frames);
    bool take_subs(const std::string &address, const wire::frame_views_t &frames);
    bool take_ends(const std::string &address, const wire::frame_views_t &frames);
    bool take_barrier(const std::string &address, const wire::frame_views_t &frames);
    // Whether the client was refused, so that whatever else it says is ignored.
    bool is_refused(const std::string &address, millis_t now) { return _refusals.is_refused(address, now); }

    // A fence token came out of the XPUB, so that the subscriptions before it are in effect. Answers it, now
    // or when its node has said HELLO.
    void fence(const wire::token_t &token);
    // Tells a publisher how much of its streams this node's ingress has lost.
    void tell_losses(wire::source_t publisher, const std::vector<wire::loss_entry_t> &losses);
    // Tells that node how far streams have got. False: it could not be told. Older nodes know no such message
    // and have marks instead: true.
    bool tell_ends(const wire::node_id_t &node, const wire::ends_t &ends);
    bool has_older_nodes() const;
    // Asks a publisher for a barrier. False: that node has no session.
    bool ask_for_barrier(wire::source_t publisher, const wire::barrier_t &barrier);
    // Each node answers BYE with its own, which ends its session.
    void say_bye();
    // Sends each node the PEERS that `message` makes for its distance.
    void tell_peers(const std::function<wire::frames_t(const distance_t &distance)> &message);
    // Sends PEERS to one node, another one each time.
    void remind_peers();

    // Once a heartbeat.
    void forget_silent_refusals(millis_t now) { _refusals.forget_silent(now); }
    // The client is being forgotten: its session ends. What throws is called again.
    void end_session(const std::string &address, const client_t &client);

  private:
    void begin_session(const std::string &address, client_t &client, const wire::hello_t &hello,
                       millis_t now);
    void tell_peers_once(const std::string &address);
    void answer_early_tokens(const std::string &address, bool delimiter, const wire::node_id_t &node);
    // The node is of another cluster.
    void refuse(const std::string &address, bool delimiter, const wire::hello_t &hello,
                const endpoint_t &from, millis_t now);
    // There is no place for another node.
    void turn_away(const std::string &address, bool delimiter, const wire::hello_t &hello, millis_t now);

    shared_state_t &_state;
    publisher_t &_publisher;
    clients_t &_clients;
    callers_t &_callers;
    client_out_t &_out;
    client_places_t &_places;
    server_counters_t &_counters;
    const logger_t &_log;
    wire::hello_t _welcome;
    registry::refusals_t _refusals;
    std::deque<wire::token_t> _early_tokens; // of nodes that have not said HELLO yet
    std::size_t _next_reminded = 0;
};
}
