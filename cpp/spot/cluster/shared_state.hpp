// What the service thread and the public methods both look at: topics, peers, subscribers, the node's own
// endpoints. Whoever watches the node is told here, where it changes.
//
// Ownership: everything belongs to _mutex, which is held for moments only. Peers and subscribers are written
// by the service thread alone; LOCAL topics by topic_create and topic_destroy.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "spot/base/mutex.hpp"
#include "spot/base/no_memory.hpp"
#include "spot/base/types.hpp"
#include "spot/cluster/events.hpp"
#include "spot/data/counters.hpp"
#include "spot/data/link.hpp"
#include "spot/registry/loss_ledger.hpp"
#include "spot/registry/name_map.hpp"
#include "spot/registry/subscribers.hpp"
#include "spot/registry/topics.hpp"
#include "spot/wire/node_id.hpp"
#include "spot/wire/topic_entry.hpp"

namespace spot
{
using registry::peer_key_t;

// What is counted of one peer as long as it is one, whoever answers there.
struct peer_counters_t
{
    shared_counter_t reconnects, malformed, overflowed;
};

struct peer_record_t
{
    std::string endpoint; // as it was added
    wire::node_id_t node_id;
    std::string name;
    peer_state_t state = peer_state_t::connecting;
    std::string reason;         // why it is not UP, as peers_t::explain made it
    std::int64_t since_ms = 0;  // when the state began, by the wall clock; kept by put_peer
    bool self = false;          // an endpoint of this very node
    bool removed = false;       // it waits for its topics to go
    std::shared_ptr<way_t> way; // null until the peer said where it takes publications
    std::shared_ptr<peer_counters_t> counters;
};

struct owner_state_t
{
    std::string endpoint;
    peer_state_t state = peer_state_t::down;
    std::string reason; // why it is not UP
};

struct own_endpoints_t
{
    std::string control; // connectable from this machine; empty before bind
    std::string data;
};

// Changes of the LOCAL topics, in order. The version counts them all since the node was made, from 1 (there
// it had no topics); it is that after the last of these.
struct topic_log_t
{
    std::uint64_t version = 1;
    std::vector<wire::topic_change_t> changes;
};

class shared_state_t
{
  public:
    explicit shared_state_t(const wire::node_id_t &node_id) : _node_id(node_id) {}

    // Changes whenever the route of some topic may have changed.
    std::uint64_t route_epoch() const { return _route_epoch.load(std::memory_order_acquire); }

    // --- LOCAL topics
    // `log_began`: this is the first change that waits to be told, so that the service thread must be woken.
    // `shared`: others may own it, too.
    bool add_local(std::string_view topic, bool shared, bool &log_began);
    bool remove_local(std::string_view topic, bool &log_began);
    bool is_local(std::string_view topic) const;
    bool is_shared(std::string_view topic) const;
    std::vector<std::string> shared_topics() const;
    // LOCAL topics that others have come to own, or that were theirs before.
    std::vector<registry::rival_t> take_rivals();
    // `version` is that of this list.
    std::vector<std::string> local_topics(std::uint64_t &version) const;
    std::uint64_t topics_version() const;
    // Changes are only kept while there is somebody to be told of them.
    void keep_log(bool keep);
    bool log_waits() const { return _log_waits.load(std::memory_order_acquire); }
    topic_log_t take_log();

    // --- REMOTE topics
    // Lists are long, and the mutex is held for a part of one at a time: begin_list, change_topics for what
    // it names, and drop_unnamed until that gives true. Meanwhile the peer owns what it did before as well.
    void begin_list(peer_key_t peer);
    bool drop_unnamed(peer_key_t peer);
    // Some changes; no more than one holds the mutex for. False when the peer would own more than
    // `max_topics`: the rest was not applied.
    bool change_topics(peer_key_t peer, const std::vector<wire::topic_entry_view_t> &changes,
                       std::size_t max_topics);
    static constexpr std::size_t topics_per_lock = 256;
    // False: the topic is LOCAL.
    bool route(peer_key_t peer, std::string_view topic);
    std::vector<std::string> topics_of(peer_key_t peer) const;
    // How many topics, LOCAL and REMOTE, have ceased to exist so far.
    std::uint64_t topics_ended() const;

    bool exists(std::string_view topic) const;
    std::vector<topic_info_t> list_topics() const;
    // The way to one owner that is not DOWN: the one with the lowest node id, so that every node chooses
    // the same. Null and ENOENT (nobody has the topic) or EHOSTUNREACH.
    std::shared_ptr<way_t> way_to(std::string_view topic) const;
    // Of a topic without such a way: its owner that is the nearest to being UP. Without an endpoint: there is
    // none.
    owner_state_t owner_of(std::string_view topic) const;

    // --- peers
    void put_peer(peer_key_t key, peer_record_t record);
    // It is gone at once for everybody; its topics go by drop_removed, some at a time, until that gives true.
    void remove_peer(peer_key_t key);
    bool drop_removed(peer_key_t key);
    std::vector<peer_info_t> peers() const;
    std::vector<std::shared_ptr<way_t>> ways() const;
    // Null: that node is no peer.
    std::shared_ptr<peer_counters_t> counters_of(const wire::node_id_t &node) const;

    // --- subscribers
    // What a receiver of a node subscribes to. False: beyond a limit, and its earlier list stays.
    bool set_subscriber(const wire::node_id_t &node, std::uint32_t receiver, std::vector<std::string> names);
    void forget_subscribers(const wire::node_id_t &node);
    // A plain program subscribed to the topic here, or ended that.
    void plain_subscribed(const std::string &topic, bool added);
    // Every receiver whose list is known.
    struct subscriber_t
    {
        wire::node_id_t node;
        std::uint32_t receiver;
        registry::subscriber_table_t::list_ref list;
    };
    std::vector<subscriber_t> subscriber_lists() const;
    // How many receivers, over all nodes that this one has heard of it from, subscribe to any node's topic.
    // Plain programs count as well.
    std::size_t count_subscribers(std::string_view topic) const;
    // The subscriptions that a node had when it connected are in effect here.
    void serve(const wire::node_id_t &node);
    std::vector<std::string> served() const; // node ids

    // --- events
    // A queue that begins with the current state. Null and errno: ENOTSOCK, EMFILE.
    std::shared_ptr<event_queue_t> watch();
    void end_watching() { _events.close(); }
    // For those who watch; they are told at once.
    void tell_losses(const std::string &peer, const wire::node_id_t &owner,
                     const std::vector<wire::loss_entry_t> &topics);

    // --- this node
    void set_endpoints(own_endpoints_t endpoints);
    own_endpoints_t endpoints() const;

    // Fills in what is counted here, publications to REMOTE topics included.
    void count(stats_t &stats) const;
    // One for each peer; what came of it, as `owners` has it.
    std::vector<peer_stats_t> peer_stats(const registry::owner_counts_t &owners) const;
    // Adds what left for REMOTE topics.
    void break_down(topic_sums_t &sums) const;
    // Fills in which of these are LOCAL, and how many subscribers they have.
    void count_subscribers(topic_sums_t &sums) const;

  private:
    using wake_t = event_hub_t::wake_t;

    // Whether somebody has the topic, who is not being removed.
    bool owned(std::string_view topic) const SPOT_REQUIRES_SHARED(_mutex);
    void retire_way(const std::shared_ptr<way_t> &way) SPOT_REQUIRES(_mutex);
    std::shared_ptr<way_t> used_way_of(peer_key_t peer) const SPOT_REQUIRES(_mutex);
    void end_on_way(way_t &way, peer_key_t peer, std::string_view topic) SPOT_REQUIRES(_mutex);
    void forget_retired_topics() SPOT_REQUIRES(_mutex);
    void routes_changed() { _route_epoch.fetch_add(1, std::memory_order_acq_rel); }
    void prepare_change(bool added, std::string_view topic) SPOT_REQUIRES(_mutex);
    void drop_prepared_change() SPOT_REQUIRES(_mutex);
    bool log_change() SPOT_REQUIRES(_mutex); // that was prepared

    // How many subscribe to the very name, plain programs included; patterns are not compared.
    std::size_t named_subscribers(std::string_view topic) const SPOT_REQUIRES_SHARED(_mutex);
    std::size_t subscribers_of(std::string_view topic) const SPOT_REQUIRES_SHARED(_mutex);

    // Events; shared_state_events.cpp. Null while nobody watches, so that no changes are collected.
    registry::ownership_t *if_watched(registry::ownership_t &changes) const
    {
        return _events.watched() ? &changes : nullptr;
    }
    // Does what tells of a change that is made: those that cannot be told, for want of memory, are told that.
    // What the callers' functions need locked, the callers hold; the analysis does not see that from here.
    template <typename Work> void tell(Work work) SPOT_NO_THREAD_SAFETY_ANALYSIS
    {
        if (_events.watched() && !attempt(work))
            _events.miss();
    }
    // Does both, also when the first throws.
    template <typename First, typename Then>
    static void finally(First first, Then then) SPOT_NO_THREAD_SAFETY_ANALYSIS
    {
        try {
            first();
        } catch (...) {
            then();
            throw;
        }
        then();
    }
    std::vector<event_t> current_events() const SPOT_REQUIRES_SHARED(_mutex);
    void tell_local(bool added, std::string_view topic, wake_t &wake) SPOT_REQUIRES(_mutex);
    void tell_owned(peer_key_t peer, const registry::ownership_t &changes, wake_t &wake)
        SPOT_REQUIRES(_mutex);
    void tell_peer(const peer_record_t &before, const peer_record_t &after, wake_t &wake)
        SPOT_REQUIRES(_mutex);
    void tell_renamed(peer_key_t peer, const peer_record_t &before, const peer_record_t &after, wake_t &wake)
        SPOT_REQUIRES(_mutex);
    void tell_subscribers(const std::vector<registry::subscriber_table_t::change_t> &changes, wake_t &wake)
        SPOT_REQUIRES(_mutex);
    void tell_changes(const std::vector<registry::subscriber_table_t::change_t> &changes, wake_t &wake)
        SPOT_REQUIRES(_mutex);
    void count_while_not_down(const peer_record_t &before, const peer_record_t &after, wake_t &wake)
        SPOT_REQUIRES(_mutex);

    const wire::node_id_t _node_id;
    std::atomic<std::uint64_t> _route_epoch{1};
    std::atomic<bool> _log_waits{false}; // written under _mutex
    event_hub_t _events;                 // self-synchronised; told of changes under _mutex

    mutable shared_mutex_t _mutex;
    registry::topic_table_t _topics SPOT_GUARDED_BY(_mutex);
    std::set<std::string, std::less<>> _shared SPOT_GUARDED_BY(_mutex); // LOCAL ones
    topic_log_t _log SPOT_GUARDED_BY(_mutex);
    bool _keep_log SPOT_GUARDED_BY(_mutex) = false;
    std::map<peer_key_t, peer_record_t> _peers SPOT_GUARDED_BY(_mutex);
    registry::subscriber_table_t _subscribers SPOT_GUARDED_BY(_mutex);
    registry::name_map_t<std::size_t> _plain SPOT_GUARDED_BY(_mutex); // how many programs, by topic
    std::set<std::string> _served SPOT_GUARDED_BY(_mutex);            // node ids
    own_endpoints_t _endpoints SPOT_GUARDED_BY(_mutex);
    std::uint64_t _retired_messages SPOT_GUARDED_BY(_mutex) = 0; // of ways that ended
    std::uint64_t _retired_bytes SPOT_GUARDED_BY(_mutex) = 0;
    topic_sums_t _retired_topics SPOT_GUARDED_BY(_mutex);
};
}
