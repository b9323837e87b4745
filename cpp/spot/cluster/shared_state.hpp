// What the service thread and the public methods both look at: topics, peers, the node's own endpoints.
//
// Ownership: everything belongs to _mutex, which is held for moments only. Peers are written by the service
// thread alone; LOCAL topics by topic_create and topic_destroy.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "spot/base/mutex.hpp"
#include "spot/base/types.hpp"
#include "spot/data/link.hpp"
#include "spot/registry/topics.hpp"
#include "spot/wire/node_id.hpp"

namespace spot
{
using registry::peer_key_t;

struct peer_record_t
{
    std::string endpoint; // as it was added
    wire::node_id_t node_id;
    std::string name;
    peer_state_t state = peer_state_t::connecting;
    bool self = false;          // an endpoint of this very node
    std::shared_ptr<way_t> way; // null until the peer said where it takes publications
};

struct own_endpoints_t
{
    std::string control; // connectable from this machine; empty before bind
    std::string data;
};

class shared_state_t
{
  public:
    // Changes whenever the route of some topic may have changed.
    std::uint64_t route_epoch() const { return _route_epoch.load(std::memory_order_acquire); }

    // --- LOCAL topics
    bool add_local(std::string_view topic);
    bool remove_local(std::string_view topic);
    bool is_local(std::string_view topic) const;
    std::vector<std::string> local_topics() const;

    // --- REMOTE topics
    void replace_topics(peer_key_t peer, const std::vector<std::string> &topics);
    // False: the topic is LOCAL.
    bool route(peer_key_t peer, std::string_view topic);
    std::vector<std::string> topics_of(peer_key_t peer) const;

    bool exists(std::string_view topic) const;
    std::vector<topic_info_t> list_topics() const;
    // The way to one owner that is not DOWN: the one with the lowest node id, so that every node chooses
    // the same. Null and ENOENT (nobody has the topic) or EHOSTUNREACH.
    std::shared_ptr<way_t> way_to(std::string_view topic) const;

    // --- peers
    void put_peer(peer_key_t key, peer_record_t record);
    void remove_peer(peer_key_t key);
    std::vector<peer_info_t> peers() const;
    std::vector<std::shared_ptr<way_t>> ways() const;

    // --- this node
    void set_endpoints(own_endpoints_t endpoints);
    own_endpoints_t endpoints() const;

    // Fills in what is counted here, publications to REMOTE topics included.
    void count(stats_t &stats) const;

  private:
    void retire_way(const std::shared_ptr<way_t> &way) SPOT_REQUIRES(_mutex);
    void routes_changed() { _route_epoch.fetch_add(1, std::memory_order_acq_rel); }

    std::atomic<std::uint64_t> _route_epoch{1};

    mutable shared_mutex_t _mutex;
    registry::topic_table_t _topics SPOT_GUARDED_BY(_mutex);
    std::map<peer_key_t, peer_record_t> _peers SPOT_GUARDED_BY(_mutex);
    own_endpoints_t _endpoints SPOT_GUARDED_BY(_mutex);
    std::uint64_t _retired_messages SPOT_GUARDED_BY(_mutex) = 0; // of ways that ended
    std::uint64_t _retired_bytes SPOT_GUARDED_BY(_mutex) = 0;
};
}
