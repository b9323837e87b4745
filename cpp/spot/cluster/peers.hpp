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
#include "spot/cluster/data_connections.hpp"
#include "spot/cluster/data_watch.hpp"
#include "spot/cluster/echoes.hpp"
#include "spot/cluster/fence_tokens.hpp"
#include "spot/cluster/handshakes.hpp"
#include "spot/cluster/lookups.hpp"
#include "spot/cluster/loss_reports.hpp"
#include "spot/cluster/mailbox.hpp"
#include "spot/cluster/operations.hpp"
#include "spot/cluster/peer.hpp"
#include "spot/cluster/peer_addresses.hpp"
#include "spot/cluster/peer_identities.hpp"
#include "spot/cluster/peer_places.hpp"
#include "spot/cluster/peer_reasons.hpp"
#include "spot/cluster/peer_table.hpp"
#include "spot/cluster/peer_ways.hpp"
#include "spot/cluster/plain_peers.hpp"
#include "spot/cluster/receivers.hpp"
#include "spot/cluster/server.hpp"
#include "spot/cluster/shared_state.hpp"
#include "spot/cluster/subscription_reports.hpp"
#include "spot/cluster/topic_mirror.hpp"
#include "spot/cluster/topic_rivals.hpp"
#include "spot/transport/monitor.hpp"

namespace spot
{
// What membership.cpp wants to know of the peers.
class membership_events_t
{
  public:
    virtual ~membership_events_t() = default;
    virtual void on_up(peer_t &peer) = 0;
    virtual void on_left(const wire::node_id_t &id) = 0; // it said BYE
    // Another node answered than was said to be there.
    virtual void on_misnamed(const peer_t &peer, const wire::node_id_t &expected) = 0;
    virtual void on_peers(peer_t &peer, const std::vector<wire::peer_entry_t> &peers) = 0;
    // A learned one; or removed.
    virtual void on_answered(const peer_t &peer) = 0;
    virtual void on_gone(const peer_t &peer) = 0;
};

class peers_t : private peer_events_t, private topic_mirror_events_t, private peer_places_events_t
{
  public:
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
    peer_t *add(const std::string &spelled, const endpoint_t &endpoint, const learned_t *learned = nullptr);
    peer_table_t &table() { return _table; }
    void remove(peer_t &peer, parting_t parting = parting_t::final);
    void sweep();
    peer_reasons_t &reasons() { return _reasons; }
    void close(); // says BYE

    // Handles what arrived for one peer.
    void process(peer_t &peer, millis_t now, slice_t &slice);
    topic_mirror_t &mirror() { return _mirror; }

    // A receiver that was added to `receivers` gets the data connections in use. 0, or -1 and errno (EMFILE).
    int connect_receiver(receiver_id_t id);
    // Before it is removed from there: nothing waits for its tokens any more.
    void forget_receiver(receiver_id_t id);

    fence_tokens_t &tokens() { return _tokens; }
    // The peers that a fence must wait for.
    std::vector<operations_t::awaited_t> awaited();

    data_watch_t &watch() { return _watch; }

    // What that receiver subscribes to, or that it is there. Every peer is told, of what is in effect there:
    // at once, or when report_due_at() has come. A change that begins with a fence is told to those it waits
    // for when they no longer are (fence_left).
    void subscriptions_changed(receiver_id_t receiver);
    subscription_reports_t &reports() { return _reports; }

    // To be called every `interval` or so.
    void tick(millis_t now, millis_t interval);
    loss_reports_t &losses() { return _losses; }
    topic_rivals_t &rivals() { return _rivals; }
    // Once a heartbeat: tells the ways who lives, and has them send marks.
    void tend_ways(millis_t now);

    std::uint64_t reconnects() const { return _reconnects.get(); }

  private:
    void on_connected(peer_t &peer) override;
    void on_disconnected(peer_t &peer) override;
    void on_welcome(peer_t &peer, const wire::hello_t &hello) override;
    bool wants_answer(peer_t &peer) override;
    void on_listed(peer_t &peer, bool answer) override;
    void on_topics(peer_t &peer, std::unique_ptr<topic_intake_t> intake, slice_t &slice) override;
    void on_fence(peer_t &peer, const wire::token_t &token) override;
    void on_bye(peer_t &peer) override;
    void on_publish(peer_t &peer, std::string_view topic, std::string_view payload) override;
    void on_lost(peer_t &peer, const std::vector<wire::loss_entry_t> &losses) override
    {
        _ways.count_losses(peer, losses);
    }
    void on_data_found(peer_t &peer) override;
    void on_ends(peer_t &peer, wire::ends_t ends) override;
    void on_barrier(peer_t &peer, const wire::barrier_t &barrier) override;
    void on_peers(peer_t &peer, const std::vector<wire::peer_entry_t> &peers) override;
    void on_shared(peer_t &peer, const std::vector<std::string> &topics) override;
    void on_refused(peer_t &peer, const wire::refusal_t &refusal) override;
    void on_malformed(peer_t &peer) override;
    void on_ignored() override { _counters.ignored.add(1); }

    void begin_again(peer_t &peer);
    void introduce(peer_t &peer, const learned_t *learned);
    void forget_introduced(peer_t &peer);
    bool make_room();

    // peers_clusters.cpp
    std::string other_cluster(const std::string &theirs) const;
    bool refuse(peer_t &peer, const wire::hello_t &hello);
    void set_apart(peer_t &peer, cause_t cause, const std::string &detail);

    void welcomed_by_self(peer_t &peer, actions_t actions);
    void take_identity(peer_t &peer, const wire::hello_t &hello, actions_t actions);
    void advance(peer_t &peer);
    void tick_node(peer_t &peer, millis_t now, millis_t passed);

    const std::shared_ptr<ctx_state_t> _ctx;
    const options_t &_options;
    const wire::node_id_t _node_id;
    shared_state_t &_state;
    receivers_t &_receivers;
    operations_t &_operations;
    const std::shared_ptr<mailbox_t> _mailbox;
    server_counters_t &_counters;
    const logger_t &_log;

    wire::hello_t _hello;
    peer_table_t _table;
    fence_tokens_t _tokens;
    data_connections_t _data;
    echoes_t _echoes;
    lookups_t _lookups;
    peer_reasons_t _reasons;
    subscription_reports_t _reports;
    plain_peers_t _plain;
    topic_mirror_t _mirror;
    peer_ways_t _ways;
    peer_addresses_t _addresses;
    peer_places_t _places;
    peer_identities_t _identities;
    handshakes_t _handshakes;
    data_watch_t _watch;
    loss_reports_t _losses;
    topic_rivals_t _rivals;
    membership_events_t *_membership = nullptr;
    millis_t _last_tick = 0;
    shared_counter_t _reconnects;
};
}
