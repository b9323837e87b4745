// The peers of a node: who they are, how far each handshake is, and the data connections that follow.
//
// Ownership: everything here belongs to the service thread.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "spot/base/clock.hpp"
#include "spot/base/log.hpp"
#include "spot/base/no_memory.hpp"
#include "spot/base/types.hpp"
#include "spot/cluster/lookups.hpp"
#include "spot/cluster/mailbox.hpp"
#include "spot/cluster/operations.hpp"
#include "spot/cluster/plain_way.hpp"
#include "spot/cluster/receivers.hpp"
#include "spot/cluster/server.hpp"
#include "spot/cluster/shared_state.hpp"
#include "spot/cluster/spot_node.hpp"
#include "spot/transport/monitor.hpp"

namespace spot
{
// What membership.cpp wants to know of the peers.
class membership_events_t
{
  public:
    virtual ~membership_events_t() = default;
    virtual void on_up(spot_node_t &node) = 0;
    virtual void on_left(const wire::node_id_t &id) = 0; // it said BYE
    // Another node answered than was said to be there.
    virtual void on_misnamed(const spot_node_t &node, const wire::node_id_t &expected) = 0;
    virtual void on_peers(spot_node_t &node, const std::vector<wire::peer_entry_t> &peers) = 0;
    // A learned one; or removed.
    virtual void on_answered(const spot_node_t &node) = 0;
    virtual void on_gone(const spot_node_t &node) = 0;
};

class peers_t : private node_events_t
{
  public:
    // While a connection is being set up libzmq has time-outs of its own. Not UP after so long since the last
    // attempt, it was given up, and is begun anew.
    static constexpr millis_t stuck_connection_ms = 3000;

    peers_t(std::shared_ptr<ctx_state_t> ctx, const options_t &options, const wire::node_id_t &node_id,
            shared_state_t &state, receivers_t &receivers, operations_t &operations,
            std::shared_ptr<mailbox_t> mailbox, server_counters_t &counters, const publisher_t &publisher,
            const logger_t &log);

    // Those that are connected hear of it at once.
    void set_hello(wire::hello_t hello);
    void set_membership(membership_events_t *membership) { _membership = membership; }

    // A peer that was learned: who is said to be there, and by whom; and what its name leads to.
    struct learned_t
    {
        wire::node_id_t expected;
        distance_t across;
        std::string teller;
        std::vector<std::string> hosts;
    };
    // Null and errno: EEXIST, ENOBUFS (too many), EMFILE, ENOMEM. Looks up its name, if it has one.
    spot_node_t *add(const std::string &spelled, const endpoint_t &endpoint,
                     const learned_t *learned = nullptr);
    spot_node_t *find(const endpoint_t &endpoint);
    // By an address, also of one that was named otherwise.
    spot_node_t *find_at(const endpoint_t &address);
    spot_node_t *find(peer_key_t key);
    // One that has this id, or is expected to.
    spot_node_t *find(const wire::node_id_t &id);
    // A peer with this id has answered, and is not DOWN.
    bool is_established(const wire::node_id_t &id);
    // What becomes of what it sent before.
    enum class parting_t
    {
        final,  // it is dropped
        drain,  // it is still received
        absent, // the same, and when the node is met again its streams go on where they were
    };
    void remove(spot_node_t &node, parting_t parting = parting_t::final);
    // From within the handling of its own messages: it goes with the next sweep().
    void dismiss(spot_node_t &node);
    void sweep();
    // Why it is not UP: its record says so from now on, and the log, once for each cause.
    void explain(spot_node_t &node, cause_t cause, const std::string &detail = {});
    // Why it is not UP, in words that name its address; looks once more if that is not known yet.
    std::string reason_now(spot_node_t &node);
    // After its record changed.
    void show(spot_node_t &node) { publish_record(node); }
    void close(); // says BYE

    template <typename Use> void each(Use use)
    {
        for (auto &[key, node] : _nodes)
            use(*node);
    }
    // Looks up the name of a peer unless that is under way.
    void look_up(spot_node_t &node, millis_t now);

    // Handles what arrived for one peer.
    void process(spot_node_t &node, millis_t now, slice_t &slice);
    // Those from that key on, then those before it. Ends when `use` gives false, and gives that.
    template <typename Use> bool each_from(peer_key_t first, Use use)
    {
        const auto from = _nodes.lower_bound(first);
        for (auto node = from; node != _nodes.end(); ++node)
            if (!use(*node->second))
                return false;
        for (auto node = _nodes.begin(); node != from; ++node)
            if (!use(*node->second))
                return false;
        return true;
    }
    // The topics of peers that went are let go in parts.
    void drop_topics(slice_t &slice);
    void drop_topics_of(spot_node_t &node);
    bool dropping() const { return !_dropped.empty(); }
    // Calls `then` when the topics of all that were removed until now are gone: now, or within drop_topics().
    void when_dropped(std::function<void()> then);
    // After this it needs no memory, once.
    void make_room_for_dropped() { _when_dropped.reserve(_when_dropped.size() + 1); }

    // A receiver that was added to `receivers` gets the data connections in use. 0, or -1 and errno (EMFILE).
    int connect_receiver(receiver_id_t id);
    // Before it is removed from there: nothing waits for its tokens any more.
    void forget_receiver(receiver_id_t id);

    // Subscribes the receiver to a fresh token; returns its counter.
    std::uint64_t begin_fence(receiver_id_t id);
    void end_fence(std::uint64_t counter);
    void end_tokens();
    // Whom a fence must wait for.
    std::vector<operations_t::awaited_t> awaited();

    // What happened to a data connection of that receiver.
    void data_changed(receiver_id_t id, const connection_event_t &event);

    // What that receiver subscribes to, or that it is there. Every peer is told, of what is in effect there:
    // at once, or when report_due_at() has come. A change that begins with a fence is told to those it waits
    // for when they no longer are (fence_left).
    void subscriptions_changed(receiver_id_t receiver);
    void fence_left(const wire::node_id_t &id, receiver_id_t receiver);
    void report_subscriptions(millis_t now);
    millis_t report_due_at() const;

    // To be called every `interval` or so.
    void tick(millis_t now, millis_t interval);
    void report_losses();
    // Of topics that this node and another own. peers_rivals.cpp
    void report_rivals();
    // Asks that owner for a barrier: peers_ends.cpp.
    void ask_for_barrier(const wire::node_id_t &owner, const wire::barrier_t &barrier);
    // Once a heartbeat: tells the ways who lives, and has them send marks.
    void tend_ways(millis_t now);

    std::uint64_t reconnects() const { return _reconnects.get(); }

  private:
    struct data_connection_t
    {
        std::string endpoint;
        int users = 0; // peers with this node id: one node may be known by two names
    };
    struct retiring_t // a receiver's connection to a node that went: still drained
    {
        receiver_id_t receiver;
        std::string endpoint;
        wire::node_id_t node_id;
        bool may_return;
        millis_t left;
    };

    void on_connected(spot_node_t &node) override;
    void on_disconnected(spot_node_t &node) override;
    void on_welcome(spot_node_t &node, const wire::hello_t &hello) override;
    void on_topics(spot_node_t &node, std::unique_ptr<topic_intake_t> intake, slice_t &slice) override;
    void on_fence(spot_node_t &node, const wire::token_t &token) override;
    void on_bye(spot_node_t &node) override;
    void on_publish(spot_node_t &node, std::string_view topic, std::string_view payload) override;
    void on_lost(spot_node_t &node, const std::vector<wire::loss_entry_t> &losses) override;
    void on_ends(spot_node_t &node, wire::ends_t ends) override;
    void on_barrier(spot_node_t &node, const wire::barrier_t &barrier) override;
    void tell_ends(spot_node_t &node);
    void report_losses(const wire::node_id_t &owner, const std::vector<wire::loss_entry_t> &topics);
    void tend_way(spot_node_t &node, millis_t now);
    void on_peers(spot_node_t &node, const std::vector<wire::peer_entry_t> &peers) override;
    void on_shared(spot_node_t &node, const std::vector<std::string> &topics) override;
    void on_refused(spot_node_t &node, const wire::refusal_t &refusal) override;
    void on_malformed(spot_node_t &node) override;
    void on_ignored() override { _counters.ignored.add(1); }

    // Who a peer is: takes what it announced into use, or out of it.
    void adopt_identity(spot_node_t &node, const wire::hello_t &hello);
    void adopt_plain(spot_node_t &node);
    // Does something about one peer. Where there is no memory for it, the peer begins again.
    template <typename Work> void attend(spot_node_t &node, Work work)
    {
        if (!attempt(work))
            node.begins_again = true;
    }
    void begin_again(spot_node_t &node);
    void introduce(spot_node_t &node, const learned_t *learned);
    void forget_introduced(spot_node_t &node);
    void drop_identity(spot_node_t &node, parting_t parting);
    void abandon_way(spot_node_t &node);
    // Where it is connected, which was another one's endpoint first if the node has two names.
    std::string connect_data(const wire::node_id_t &id, const std::string &endpoint);
    void move_data(const wire::node_id_t &id, const std::string &endpoint);
    void release_data(const wire::node_id_t &id, parting_t parting);
    // Whether nobody had it before; whether nobody has it any more.
    bool hold(const std::string &endpoint);
    bool let_go(const std::string &endpoint);
    void data_connected(spot_node_t &node, receiver_id_t id, const std::string &endpoint);
    void finish_retiring(const retiring_t &entry);
    bool finish_retiring(receiver_id_t id, const std::string &endpoint); // false: it is none of those
    // Takes out those that `which` selects, and finishes them.
    template <typename Predicate> void finish_retiring_if(Predicate which);
    void end_retiring(millis_t passed);

    // peers_monitors.cpp
    struct ended_data_t // a data connection, until libzmq says that it connects again
    {
        receiver_id_t receiver;
        std::string endpoint;
        millis_t waited;
    };
    void data_connected(receiver_id_t id, const std::string &endpoint);
    void data_disconnected(receiver_id_t id, const std::string &endpoint);
    void mend_given_up(millis_t now, millis_t passed);
    void on_given_up(spot_node_t &node, receiver_id_t id, millis_t now);

    // peers_addresses.cpp
    void resolved(spot_node_t &node, const addresses_t &found);
    void unresolved(spot_node_t &node, const std::string &why);
    void index_addresses(const spot_node_t &node, bool add);
    void tend_address(spot_node_t &node, millis_t now);

    // peers_places.cpp
    void locate(spot_node_t &node);
    void locate(spot_node_t &node, bool data);
    void found_place(spot_node_t &node, bool data, endpoint_t endpoint, const addresses_t &found);
    void misplaced(spot_node_t &node, bool data, const std::string &why);
    void placed(spot_node_t &node, bool data, const std::string &endpoint);
    void open_way(spot_node_t &node, const std::string &ingress);
    void tend_places(spot_node_t &node, millis_t now);

    // peers_membership.cpp
    void index(const wire::node_id_t &id, const spot_node_t &node);
    void unindex(const wire::node_id_t &id, const spot_node_t &node);
    bool make_room();
    // Whether the node may act in the name of its id: no other one, elsewhere, had the id first and is there.
    bool speaks_for_id(const spot_node_t &node);
    bool same_place(const spot_node_t &one, const spot_node_t &other) const;
    bool leads_nowhere_new(spot_node_t &node, const wire::node_id_t &id);
    void dismiss_second_links(const spot_node_t &node);

    // peers_topics.cpp
    void go_on_with_topics(spot_node_t &node, slice_t &slice);
    bool wants_topics(spot_node_t &node, const topic_intake_t &intake);
    bool wants_answer(spot_node_t &node);
    bool wants_changes(spot_node_t &node, const topic_intake_t &intake);
    bool register_topics(spot_node_t &node, topic_intake_t &intake, slice_t &slice);
    void topics_taken(spot_node_t &node, const topic_intake_t &intake);
    bool makes_way(const std::string &endpoint) const;
    void want_list(spot_node_t &node);

    // peers_subscriptions.cpp
    wire::subs_t subscriptions_of(receiver_id_t receiver);
    void tell_subscriptions(spot_node_t &node, wire::subs_t subs);
    void tell_all_subscriptions(spot_node_t &node);
    void leave_out_unconfirmed(const spot_node_t &node, wire::subs_t &subs) const;

    // peers_clusters.cpp
    std::string other_cluster(const std::string &theirs) const;
    bool refuse(spot_node_t &node, const wire::hello_t &hello);
    void set_apart(spot_node_t &node, cause_t cause, const std::string &detail);

    void begin_handshake(spot_node_t &node);
    // Whether a token of that receiver's connection is on its way.
    static bool is_fencing(const spot_node_t &node, receiver_id_t id);
    // Whether that receiver's token was answered on this connection.
    static bool in_effect(const spot_node_t &node, receiver_id_t id);
    // Whether libzmq says that the receiver's connection to that endpoint stands.
    bool stands(receiver_id_t id, const std::string &endpoint) const;
    // The connections stand on which a fence of its is under way.
    bool reaches_data(const spot_node_t &node) const;
    bool is_overdue(const spot_node_t &node, const spot_node_t::fence_t &fence) const;
    void fence_all(spot_node_t &node);
    void fence_again(spot_node_t &node, receiver_id_t id);
    void drop_fences(spot_node_t &node);

    // peers_confirming.cpp
    void look_at_confirming(millis_t now, millis_t passed);
    void look_at_confirming(spot_node_t &node, millis_t now, millis_t passed);
    void give_up(spot_node_t &node);
    void judge_anew(spot_node_t &node);

    bool may_confirm(const spot_node_t &answering, const spot_node_t &asked);
    void retry_fences(spot_node_t &node);
    void try_up(spot_node_t &node);
    void mark_down(spot_node_t &node, cause_t cause, const std::string &detail = {});
    void mark_down_silent(spot_node_t &node);
    void log_trouble(spot_node_t &node);
    // Why there is no connection to it: asked now and then, answered in a later turn.
    void inquire(spot_node_t &node, millis_t now);
    void begin_inquiry(spot_node_t &node, millis_t now);
    void end_inquiry(spot_node_t &node);
    void take_finding(spot_node_t &node);
    void publish_record(spot_node_t &node);
    void update_relayed(spot_node_t &node);
    void tick_node(spot_node_t &node, millis_t now, millis_t passed);

    const std::shared_ptr<ctx_state_t> _ctx;
    const options_t &_options;
    const wire::node_id_t _node_id;
    shared_state_t &_state;
    receivers_t &_receivers;
    operations_t &_operations;
    const std::shared_ptr<mailbox_t> _mailbox;
    server_counters_t &_counters;
    const publisher_t &_publisher;
    const logger_t &_log;

    wire::hello_t _hello;
    peer_key_t _next_key = 1;
    std::uint64_t _next_counter = 1;
    std::uint64_t _next_claim = 1;
    struct token_t
    {
        receiver_id_t receiver;
        bool ended = false; // and there was no memory for saying so
    };
    std::unordered_map<std::uint64_t, token_t> _tokens; // subscribed to, by their counters
    std::map<peer_key_t, std::unique_ptr<spot_node_t>> _nodes;
    std::unordered_map<std::string, peer_key_t> _by_endpoint;
    std::unordered_multimap<wire::node_id_t, peer_key_t> _by_id;  // those expected included
    std::unordered_multimap<std::string, peer_key_t> _by_address; // of those that are named
    lookups_t _lookups;
    std::vector<peer_key_t> _leaving;
    struct dropped_t
    {
        peer_key_t key;
        std::string endpoint; // as others know it
        bool removed;         // it is no peer any more; otherwise it said BYE
    };
    std::deque<dropped_t> _dropped;
    std::vector<std::function<void()>> _when_dropped;
    membership_events_t *_membership = nullptr;
    std::unordered_map<wire::node_id_t, data_connection_t> _data;
    std::unordered_map<std::string, int>
        _data_endpoints; // those connected to, and how many ids say it is theirs
    std::set<std::pair<receiver_id_t, std::string>> _standing; // data connections, by their monitors
    std::vector<retiring_t> _retiring;
    std::vector<ended_data_t> _ended;
    std::size_t _probes = 0;   // under way
    subs_schedule_t _own_subs; // when this node itself is told
    std::set<std::pair<wire::node_id_t, std::string>> _told_rivals;
    millis_t _last_tick = 0;
    shared_counter_t _reconnects;
};
}
