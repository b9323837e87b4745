// The topics that a node knows, and their owners: this node (LOCAL) and peers (REMOTE).
//
// Thread safety: none; the caller locks.
//
// Invariants:
// 1. A topic is in the table exactly while it is LOCAL or a peer has a claim on it.
// 2. A claim exists exactly while the topic is announced by that peer, or routed to it by hand.
// 3. When a method throws std::bad_alloc, the topic at which it threw is unchanged, and the call may be
// repeated.
#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "spot/registry/name_map.hpp"
#include "spot/wire/control.hpp"

namespace spot::registry
{
// The number of a peer: the cluster layer gives one to each entry of its table of peers, and never reuses it.
using peer_key_t = std::uint32_t;

struct topic_entry_t
{
    std::string topic;
    bool local = false;
    std::vector<peer_key_t> owners; // the peers that own it, sorted, without duplicates
};

// A topic that is LOCAL while a peer owns it, too.
struct rival_t
{
    peer_key_t owner;
    std::string topic;
};

// The changes of one owner's topics, in order: each that it has come to own, and each that it no longer owns.
// A topic that is both announced and routed counts once.
using ownership_t = std::vector<wire::topic_change_t>;

class topic_table_t
{
  public:
    // LOCAL
    bool add_local(std::string_view topic);    // false: LOCAL already
    bool remove_local(std::string_view topic); // false: not LOCAL
    bool is_local(std::string_view topic) const;
    std::vector<std::string> local_topics() const; // sorted
    std::size_t local_count() const { return _locals.size(); }
    const std::set<std::string_view> &locals() const { return _locals; }

    // REMOTE. Each method appends its changes to `changes`, unless that is null.
    //
    // Replaces all topics that `owner` announced by `topics`; topics routed by hand stay. True if anything
    // changed. A long list may be taken in parts instead: begin_list(), announce() for each topic of the
    // list, and drop_unnamed() until that is done. Meanwhile the owner owns its earlier topics as well as
    // those of the list.
    bool replace(peer_key_t owner, const std::vector<std::string> &topics, ownership_t *changes = nullptr);
    void begin_list(peer_key_t owner);
    // Withdraws topics that the latest list did not name, at most `most` of them. True when none is left.
    // `changed` becomes true if one was withdrawn.
    bool drop_unnamed(peer_key_t owner, std::size_t most, bool &changed, ownership_t *changes = nullptr);
    // False: the owner had announced it already.
    bool announce(peer_key_t owner, std::string_view topic, ownership_t *changes = nullptr);
    // False: the owner had not announced it.
    bool withdraw(peer_key_t owner, std::string_view topic, ownership_t *changes = nullptr);
    // Routes a topic by hand: replace() and withdraw() leave it, remove_owner() ends it. False: it was routed
    // already.
    bool route(peer_key_t owner, std::string_view topic, ownership_t *changes = nullptr);
    // Ends all claims of an owner.
    void remove_owner(peer_key_t owner, ownership_t *changes = nullptr);
    // The same, for at most `most` topics. True when none is left.
    bool remove_owner(peer_key_t owner, std::size_t most, ownership_t *changes = nullptr);
    // The number of topics that are not LOCAL.
    std::size_t remote_count() const { return _topics.size() - _locals.size(); }
    // The owner's topics, announced or routed, each once.
    std::size_t count_of(peer_key_t owner) const;
    std::vector<std::string> topics_of(peer_key_t owner) const; // sorted

    // How many topics have left the table so far.
    std::uint64_t ended() const { return _ended; }

    bool exists(std::string_view topic) const { return _topics.find(topic) != nullptr; }
    std::vector<peer_key_t> owners(std::string_view topic) const; // sorted; empty if none
    std::vector<topic_entry_t> list() const;                      // sorted by name

    // The rivals that came up since the last call: at most the first 1,024 of them.
    std::vector<rival_t> take_rivals() { return std::exchange(_rivals, {}); }
    bool has_rivals() const { return !_rivals.empty(); }

  private:
    // One owner's claim on one topic.
    struct claim_t
    {
        peer_key_t owner;
        bool announced = false;
        bool routed = false;
    };
    struct topic_t
    {
        bool local = false;
        std::vector<claim_t> claims; // sorted by owner
    };
    using topic_map_t = name_map_t<topic_t>;
    using item_t = topic_map_t::item_t;
    struct owner_t
    {
        // Together, exactly the topics with a claim of this owner. `topics`: named since the latest list
        // began, or routed; `unnamed`: claimed before, and not named since.
        std::unordered_set<item_t *> topics, unnamed;
        std::size_t size() const { return topics.size() + unnamed.size(); }
    };

    static claim_t *find_claim(item_t &item, peer_key_t owner);
    // The claim, made if there is none; the caller then sets `announced` or `routed`.
    claim_t &claim(owner_t &record, peer_key_t owner, std::string_view topic, ownership_t *changes);
    void drop_claim(item_t &item, peer_key_t owner, ownership_t *changes); // may erase the item
    void drop_if_unclaimed(item_t &item);
    void drop_if_empty(peer_key_t owner);
    void note_rival(peer_key_t owner, const std::string &topic);

    void end(item_t *item);

    topic_map_t _topics;
    std::uint64_t _ended = 0;
    std::vector<rival_t> _rivals;
    std::set<std::string_view> _locals; // views of the items' names, sorted as local_topics() returns them
    std::unordered_map<peer_key_t, owner_t> _owners;
};
}
