// The table of peers: owns their records, and finds them by key, by endpoint, by address and by node id. It
// also decides which peer may act in the name of a node id that several claim.
//
// Thread safety: none; the service thread owns it.
//
// Invariants:
//  1. A record stays at its address in memory from add() to erase().
//  2. The indexes name only keys of peers in the table. forget() removes a peer from all of them, and needs
//  no
//     memory.
//  3. Of peers at different places with one id, the one with the lowest claim speaks for the id, as long as
//  it
//     is not DOWN and not leaving. Ids are no secret: a peer that comes later with the same id is not
//     believed.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "spot/cluster/peer.hpp"

namespace spot
{
class peer_table_t
{
  public:
    // --- the records
    peer_key_t next_key() const { return _next_key; } // of the next peer
    peer_t &add(std::unique_ptr<peer_t> peer);        // with that key
    void forget(const peer_t &peer);
    void erase(peer_key_t key) { _peers.erase(key); }
    void clear() { _peers.clear(); }
    std::size_t size() const { return _peers.size(); }
    auto begin() { return _peers.begin(); } // in the order of their keys
    auto end() { return _peers.end(); }
    auto begin() const { return _peers.begin(); }
    auto end() const { return _peers.end(); }

    template <typename Use> void each(Use use)
    {
        for (auto &[key, peer] : _peers)
            use(*peer);
    }
    // Those from that key on, then those before it. Ends when `use` gives false, and gives that.
    template <typename Use> bool each_from(peer_key_t first, Use use)
    {
        const auto from = _peers.lower_bound(first);
        for (auto peer = from; peer != _peers.end(); ++peer)
            if (!use(*peer->second))
                return false;
        for (auto peer = _peers.begin(); peer != from; ++peer)
            if (!use(*peer->second))
                return false;
        return true;
    }

    // --- finding one; null: there is none
    peer_t *find(peer_key_t key) const;
    peer_t *find(const endpoint_t &endpoint) const;
    // By an address, also a peer that was named otherwise.
    peer_t *find_at(const endpoint_t &address) const;
    // A peer that has this id, or is expected to have it.
    peer_t *find(const wire::node_id_t &id) const;

    // --- indexes
    void index_endpoint(const peer_t &peer) { _by_endpoint.emplace(peer.node.endpoint().text(), peer.key()); }
    void index_addresses(const peer_t &peer); // those that its name leads to
    void unindex_addresses(const peer_t &peer);
    void index_id(const wire::node_id_t &id, const peer_t &peer) { _by_id.emplace(id, peer.key()); }
    void unindex_id(const wire::node_id_t &id, const peer_t &peer);

    // --- claims of ids
    // Indexes the id that the peer has come with, and gives it the next claim.
    void claim_id(peer_t &peer);
    // Whether the peer may act in the name of its id.
    bool speaks_for_id(const peer_t &peer) const;
    // A peer with this id has answered, is not DOWN and not leaving.
    bool is_established(const wire::node_id_t &id) const;
    // Those that lead to the node of a peer that is UP, which can take their place: learned ones that lead to
    // the same place, are not there, or came later. `stays (other)` is told of those that had the id first.
    template <typename Stays> std::vector<peer_t *> second_links(const peer_t &peer, Stays stays) const;
    static bool same_place(const peer_t &one, const peer_t &other);

    // --- those that go
    // The learned peer that the user needs least; null: none was learned. One that is not UP comes first,
    // then one whose teller told of the most.
    peer_t *least_wanted() const;
    // From within the handling of its own messages: it leaves in a later turn.
    void dismiss(peer_t &peer);
    // Calls remove(peer) for each that was dismissed. If that throws, it is called again for the same one.
    template <typename Remove> void sweep(Remove remove)
    {
        for (; !_leaving.empty(); _leaving.pop_back())
            if (peer_t *const peer = find(_leaving.back()))
                remove(*peer);
    }

  private:
    peer_key_t _next_key = 1;
    std::uint64_t _next_claim = 1;
    std::map<peer_key_t, std::unique_ptr<peer_t>> _peers;
    std::unordered_map<std::string, peer_key_t> _by_endpoint;
    std::unordered_multimap<wire::node_id_t, peer_key_t> _by_id;  // expected ids too
    std::unordered_multimap<std::string, peer_key_t> _by_address; // of peers that are named
    std::vector<peer_key_t> _leaving;
};

template <typename Stays>
std::vector<peer_t *> peer_table_t::second_links(const peer_t &peer, Stays stays) const
{
    std::vector<peer_t *> links;
    const auto [first, last] = _by_id.equal_range(peer.handshake.id());
    for (auto entry = first; entry != last; ++entry) {
        peer_t *const other = find(entry->second);
        if (!other || other == &peer || !other->origin.learned)
            continue;
        const bool there = other->handshake.id() == peer.handshake.id() && !other->handshake.is_down();
        if (there && !same_place(peer, *other) && other->claim < peer.claim)
            stays(*other);
        else
            links.push_back(other);
    }
    return links;
}
}
