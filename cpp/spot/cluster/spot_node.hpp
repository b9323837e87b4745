// The connection to one peer: its DEALER, its state, what it advertised.
//
// Ownership: everything here belongs to the service thread.
#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "spot/base/clock.hpp"
#include "spot/base/log.hpp"
#include "spot/base/types.hpp"
#include "spot/cluster/multipart.hpp"
#include "spot/cluster/operations.hpp"
#include "spot/cluster/receivers.hpp"
#include "spot/cluster/shared_state.hpp"
#include "spot/cluster/subs_schedule.hpp"
#include "spot/cluster/topic_intake.hpp"
#include "spot/data/link.hpp"
#include "spot/registry/liveness.hpp"
#include "spot/registry/reason.hpp"
#include "spot/registry/topics.hpp"
#include "spot/transport/endpoint.hpp"
#include "spot/transport/probe.hpp"
#include "spot/transport/reach.hpp"
#include "spot/transport/socket.hpp"
#include "spot/wire/control.hpp"

namespace spot
{
class spot_node_t;
using registry::cause_t;
using registry::trouble_t;

// What a peer's connection reports; called from spot_node_t::process.
class node_events_t
{
  public:
    virtual ~node_events_t() = default;
    virtual void on_connected(spot_node_t &node) = 0;
    virtual void on_disconnected(spot_node_t &node) = 0;
    virtual void on_welcome(spot_node_t &node, const wire::hello_t &hello) = 0;
    // QUERY_RESP or TOPICS: what the peer's topics are, or what became of them. While `node.intake` is there
    // no further message is handled.
    virtual void on_topics(spot_node_t &node, std::unique_ptr<topic_intake_t> intake, slice_t &slice) = 0;
    virtual void on_fence(spot_node_t &node, const wire::token_t &token) = 0;
    virtual void on_bye(spot_node_t &node) = 0;
    virtual void on_publish(spot_node_t &node, std::string_view topic, std::string_view payload) = 0;
    virtual void on_lost(spot_node_t &node, const std::vector<wire::loss_entry_t> &losses) = 0;
    virtual void on_ends(spot_node_t &node, wire::ends_t ends) = 0;
    virtual void on_barrier(spot_node_t &node, const wire::barrier_t &barrier) = 0;
    virtual void on_peers(spot_node_t &node, const std::vector<wire::peer_entry_t> &peers) = 0;
    virtual void on_shared(spot_node_t &node, const std::vector<std::string> &topics) = 0;
    virtual void on_refused(spot_node_t &node, const wire::refusal_t &refusal) = 0;
    virtual void on_malformed(spot_node_t &node) = 0;
    virtual void on_ignored() = 0;
};

struct node_options_t
{
    int linger_ms = 500;
    millis_t heartbeat_ms = 1000;
    std::size_t max_topics = 1000000;
    std::size_t max_peers = 4096; // taken from one PEERS message
    bool wary = false;            // nobody knows that there is a node: it is connected to at a slow pace
};

class spot_node_t
{
  public:
    spot_node_t(registry::peer_key_t key, std::string spelled, endpoint_t endpoint,
                const node_options_t &options);

    // Connects, once it knows an address. 0, or -1 and errno.
    int open(const std::shared_ptr<ctx_state_t> &ctx);
    socket_t &socket() { return _socket; }

    // Handles what arrived and what changed, a bounded amount at a time; `unfinished` says there is more.
    void process(millis_t now, node_events_t &events, slice_t &slice);
    bool unfinished() const { return _unfinished || begins_again; }
    // Something about it was cut short, for want of memory: its connection is to be made anew, so that all is
    // said once more.
    bool begins_again = false;
    bool unshown = false; // nor could its record be shown
    // Ends the connection, and has it made again. 0, or -1 and errno: then it is to be called again, as when
    // it throws.
    int connect_anew(const std::shared_ptr<ctx_state_t> &ctx, node_events_t &sink);

    // Each gives false when the peer is not connected. HELLO goes out once a heartbeat at most unless the
    // connection is new.
    bool greet(millis_t now, const wire::hello_t &hello);
    bool query();
    bool send(const wire::frames_t &frames);
    // Tries to connect now instead of at the end of libzmq's back-off, at the next address if there are
    // several.
    void retry(millis_t now);
    // What its name leads to, in the order in which it is to be tried; at least one. The address in use stays
    // in use while it is among them, or the connection stands.
    void take_addresses(const std::vector<std::string> &hosts, millis_t now);
    // Nobody has retried for `after_ms`.
    bool retry_due(millis_t now, millis_t after_ms) const { return now - _last_retry >= after_ms; }

    registry::peer_key_t key() const { return _key; }
    const std::string &spelled() const { return _spelled; }
    // It is a node: what is connected from now on comes back at the usual pace.
    void trust();
    // It lost the connection that was made before that.
    bool trusted_anew() const { return _trusted_anew && !_connected; }
    const endpoint_t &endpoint() const { return _endpoint; } // as it was named
    // Where it is connected, or tried: no names. Without a host while it is not known what the name means.
    const endpoint_t &address() const { return _address; }
    bool is_named() const { return _named; }
    bool has_address() const { return _address.scheme != scheme_t::tcp || !_address.host.empty(); }
    const std::vector<std::string> &hosts() const { return _hosts; } // what its name leads to
    bool connected() const { return _connected; }
    std::uint64_t queries() const { return _queries; }
    std::uint64_t answers() const { return _answers; }
    registry::liveness_t &liveness() { return _liveness; }
    millis_t greeted_at() const { return _greeted_at; }

    // A receiver's token on its way.
    struct fence_t
    {
        receiver_id_t receiver;
        std::uint64_t counter;
        // For how long this thread has looked for the answer since it was sent, or since the connection that
        // it travels on was made.
        millis_t waited;
    };

    // Where its data or its ingress is, kept by peers_places.cpp.
    struct place_t
    {
        std::string announced; // empty: nowhere
        bool known = false;    // where that is, seen from here
        bool asked = false;    // its name is being looked up
        millis_t due = 0;      // for the next look-up
    };

    // The handshake, kept by peers.cpp.
    struct handshake_t
    {
        wire::node_id_t node_id; // empty until WELCOME
        std::string name;
        std::uint64_t features = 0;
        std::string control_endpoint; // as announced; may be empty
        std::string data_endpoint;    // where this node's SUB is connected; empty: nowhere
        std::string ingress_endpoint; // where `way` leads
        place_t data, ingress;
        std::uint64_t claim = 0;   // of the id: the lowest came first
        bool holds_data = false;   // it is one of those that the data connection of its id is for
        bool half_adopted = false; // what came with the id is not in use yet, or not all of it
        peer_state_t state = peer_state_t::connecting;
        bool self = false;     // the peer is this very node
        bool plain = false;    // speaks 0x01 to 0x05 only
        bool welcomed = false; // on this connection
        bool listed = false;   // on this connection
        bool refused = false;  // on this connection: one of the two is not for the other
        bool fenced = false;   // every receiver's token was answered
        bool was_connected = false;
        std::vector<fence_t> fences; // one a receiver whose token is to be answered
        std::shared_ptr<way_t> way;  // to there; null: none yet
    };
    handshake_t handshake;
    trouble_t trouble; // why it is not UP; kept by peers_t::explain
    // Looks why there is no connection; kept by peers_reasons.cpp.
    struct inquiry_t
    {
        std::unique_ptr<probe_t> probe; // null: none is under way
        millis_t due = 0;               // for the next one, while there is no connection
        millis_t pause = 0;             // until the one after that
    };
    inquiry_t inquiry;

    // Whether it confirms what this node subscribes to, kept by peers_confirming.cpp. All times are of this
    // thread's looking.
    struct confirming_t
    {
        bool given_up = false;    // it is DOWN, because it did not
        int times = 0;            // that it was UP and was given up
        millis_t held_off = 0;    // for so long yet it is asked for no confirmation
        millis_t missing_for = 0; // it has spoken for so long while its connections' tokens had no answer
        int retries = 0;          // of its data connections, meanwhile
        millis_t up_for = 0;      // since it was given up
        // For so long, over one connection, it was not blamed, because a list of its topics was being taken
        // in.
        millis_t spared = 0;
        static constexpr millis_t most_spared_ms = 30000;
        // Calls wait for it while it is in a handshake, but no longer in all than it has credit for: of so
        // many times the milliseconds.
        static constexpr millis_t earned_in = 10;
        millis_t credit = earned_in * operations_t::longest_patience_ms;
        millis_t patience() const { return credit / earned_in; }
    };
    confirming_t confirming;

    // What is known of its name, kept by peers_addresses.cpp.
    struct lookup_t
    {
        bool asked = false;     // an answer is awaited
        millis_t due = 0;       // not before, while it is not connected
        millis_t pause = 0;     // until the next one
        std::string problem;    // why there is no address, in the resolver's own words; empty: there is one
        millis_t warned_at = 0; // of an endpoint that is not used; 0: never
    };
    lookup_t lookup;

    // How it came to be a peer, kept by membership.cpp.
    struct origin_t
    {
        bool learned = false;     // from other nodes: it goes when there is no use for it
        bool was_learned = false; // before the user added it, too
        bool seed = false;        // of join(): it goes when it is this very node
        wire::node_id_t expected; // of a learned one without WELCOME: who is said to be there
        distance_t across;        // of a learned one: how far away they are who told of it
        std::string teller;       // who that was
        millis_t may_name = 0;    // how many entries of PEERS it may send now
        millis_t named_at = 0;    // when that was counted
        millis_t last_seen = 0;   // of a learned one: when it was UP, or others said so
        bool leaving = false;     // it goes at the end of this turn
    };
    origin_t origin;
    millis_t given_up_warned_at = 0; // of a data connection that libzmq gave up; 0: never
    const std::shared_ptr<peer_counters_t> counters = std::make_shared<peer_counters_t>();
    // The user added it, and calls it so.
    void adopt(std::string spelled)
    {
        _spelled = std::move(spelled);
        origin.learned = false;
    }

    // The peer's topics as they are registered here, kept by peers_topics.cpp.
    struct topics_t
    {
        std::uint64_t version = 0; // after the last change; 0: not known, the next change will tell
        bool behind = false;       // something was missed: changes wait for a whole list
        millis_t asked_at = 0;     // for that list; 0: never
        millis_t patience = 0;     // until it is asked for again
    };
    topics_t topics;
    std::unique_ptr<topic_intake_t> intake; // a message about them that is being taken

    // Those of its topics that others may own, too; kept by peers_rivals.cpp.
    std::unordered_set<std::string> shared;

    // Kept by peers_subscriptions.cpp.
    subs_schedule_t subs;
    std::set<std::uint32_t> told_receivers; // of this node, whose lists the peer has
    bool subscriptions_missed = false;      // there was no room for one

    // What this node published there: how far it got, as far as the peer was not told; peers_ends.cpp.
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
    friend void append_to(std::string &line, const spot_node_t &node)
    {
        append_to(line, quoted(node._spelled));
        if (node.handshake.name.empty())
            return;
        append_to(line, " (");
        append_to(line, quoted(node.handshake.name));
        append_to(line, ")");
    }

  private:
    void look_at_connection(short events, node_events_t &sink);
    void dispatch(multipart_t &message, node_events_t &events, slice_t &slice);
    bool dispatch_topics(std::size_t first, multipart_t &message, node_events_t &events, slice_t &slice);
    void dispatch_known(wire::command_t command, const wire::frame_views_t &frames, node_events_t &events);
    void take_peers(const wire::frame_views_t &frames, node_events_t &events);
    void move_to(const std::string &host, millis_t now);

    const registry::peer_key_t _key;
    std::string _spelled;
    const endpoint_t _endpoint;
    const bool _named;
    endpoint_t _address;
    std::vector<std::string> _hosts; // of one that is named
    std::size_t _turn = 0;           // the next of them
    const node_options_t _options;
    socket_t _socket;
    multipart_t _incoming;
    registry::liveness_t _liveness;
    bool _wary;
    bool _trusted_anew = false;
    bool _connected = false;
    bool _unfinished = false;
    std::uint64_t _queries = 0; // sent on this connection
    std::uint64_t _answers = 0; // received on this connection
    millis_t _last_retry = 0;
    millis_t _greeted_at = 0;
};
}
