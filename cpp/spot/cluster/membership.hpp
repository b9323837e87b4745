// The nodes that belong to the cluster: learns of nodes from HELLO and PEERS, tells peers of others, and
// keeps the decisions of the user, which count for more.
//
// Thread safety: none; the service thread owns it. Answers to look-ups come on that thread.
//
// Invariants:
//  1. A peer that the user removed does not come back by gossip (exclusions_t).
//  2. Rumours are tried at a pace that harms neither third parties nor the news of honest nodes (trials_t).
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "spot/base/clock.hpp"
#include "spot/base/log.hpp"
#include "spot/base/types.hpp"
#include "spot/cluster/lookups.hpp"
#include "spot/cluster/mailbox.hpp"
#include "spot/cluster/peers.hpp"
#include "spot/cluster/server.hpp"
#include "spot/registry/exclusions.hpp"
#include "spot/registry/trials.hpp"
#include "spot/transport/reach.hpp"

namespace spot
{
class membership_t : private membership_events_t
{
  public:
    membership_t(const options_t &options, const wire::node_id_t &node_id, peers_t &peers, server_t &server,
                 std::shared_ptr<mailbox_t> mailbox, const logger_t &log);
    membership_t(const membership_t &) = delete;
    membership_t &operator=(const membership_t &) = delete;

    // Whether an endpoint is one that this node is bound to.
    std::function<bool(const endpoint_t &endpoint)> is_own;

    // --- decisions of the user
    // A learned peer becomes the user's. Null and errno: EEXIST (the user's already), or as peers_t::add
    // says.
    peer_t *add(const std::string &spelled, const endpoint_t &endpoint);
    // Undoes add(): nobody answered.
    void withdraw(peer_t &peer);
    // Gossip does not bring it back. False: there is none.
    bool remove(const endpoint_t &endpoint);

    // --- the service's turns
    void tell(millis_t now); // of those that came UP
    millis_t next_telling() const;
    void heartbeat(millis_t now);
    void close() { _closed = true; }

  private:
    struct rumour_t // of a node
    {
        endpoint_t endpoint;
        wire::node_id_t id;
        distance_t across;     // the connection it came by
        bool own_word = false; // the node's own
        std::string teller;    // the peer that said so; of its own word, the host that it came from
        millis_t heard_at = 0; // of one that waits for its turn
    };

    void on_up(peer_t &peer) override;
    void on_left(const wire::node_id_t &id) override { _exclusions.leave(id); }
    void on_misnamed(const peer_t &peer, const wire::node_id_t &expected) override;
    void on_answered(const peer_t &peer) override;
    void on_gone(const peer_t &peer) override;
    void on_peers(peer_t &peer, const std::vector<wire::peer_entry_t> &peers) override;

    // `other_end`: of the connection that it came by.
    void hear(const std::string &announced, const endpoint_t &other_end, rumour_t rumour);
    // Why nobody can be there, or is to be connected to; null: somebody may be.
    const char *why_not(const rumour_t &rumour) const;
    // Tells the log, once: the same is said again and again.
    void refuse(const std::string &endpoint, const rumour_t &rumour, const char *why);
    bool known(const rumour_t &rumour, const std::string &name);
    // `hosts`: what its name leads to.
    void learn(const rumour_t &rumour, std::vector<std::string> hosts);
    void look_up(const rumour_t &rumour, millis_t now);
    bool may_look_up(const rumour_t &rumour) const;
    void consider(rumour_t rumour, millis_t now);
    static std::string key_of(const rumour_t &rumour);
    void wait_for_turn(rumour_t rumour);
    bool may_try(const rumour_t &rumour, millis_t now);
    void try_waiting(millis_t now);
    void drop_old(std::deque<rumour_t> &list, millis_t now);
    const char *usable(const rumour_t &rumour, const std::string &name, const addresses_t &found,
                       std::vector<std::string> &hosts);
    void resolved(const std::string &name, const addresses_t &found);

    wire::frames_t message(const distance_t &distance, const std::vector<const peer_t *> &nodes) const;
    wire::frames_t everybody(const distance_t &distance);
    bool forgettable(const peer_t &peer, millis_t now) const;

    const options_t &_options;
    const wire::node_id_t _node_id;
    peers_t &_peers;
    server_t &_server;
    const std::shared_ptr<mailbox_t> _mailbox;
    const logger_t &_log;
    // Of its own: what others tell of must not delay the look-ups of peers.
    lookups_t _hearsay;

    registry::trials_t _trials;
    std::unordered_map<std::string, rumour_t> _lookups;   // by endpoint
    std::map<std::string, std::deque<rumour_t>> _waiting; // by teller
    std::unordered_set<std::string> _waiting_keys;
    millis_t _try_at = 0; // when they are looked at again
    static constexpr std::size_t max_lookups = 64;

    registry::exclusions_t _exclusions;
    registry::recent_t<std::string> _refused; // what the log was told
    std::vector<peer_key_t> _news;            // those that came UP and were not told of yet
    millis_t _next_telling = 0;
    bool _closed = false;
};
}
