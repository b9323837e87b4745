// Which topics exist and who owns them. Pure: the caller locks.
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
// A peer as the registry knows it: the service's number for one entry of the peer table; never reused.
using peer_key_t = std::uint32_t;

struct topic_entry_t
{
    std::string topic;
    bool local = false;
    std::vector<peer_key_t> owners; // of the REMOTE topic, sorted, without duplicates
};

// A topic that is LOCAL and has an owner elsewhere.
struct rival_t
{
    peer_key_t owner;
    std::string topic;
};

// What calls changed about one owner's topics, in order: those it has come to own and those it no longer
// owns. A topic that is both announced and routed counts once.
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

    // REMOTE. What a call changed is appended to `changes`, unless that is null. Without memory for a topic
    // it is as it was: what throws may be called again.
    // Announced by a peer:
    // Makes `topics` the whole of what `owner` announced (routes by hand stay). True if anything changed.
    // It may also be done in parts: begin_list, announce what the list names, and drop_unnamed until that is
    // done. Until then the owner owns what it announced before and what it announces now.
    bool replace(peer_key_t owner, const std::vector<std::string> &topics, ownership_t *changes = nullptr);
    void begin_list(peer_key_t owner);
    // Of those before the latest list that it did not name, `most` at a time. True when there are no more;
    // `changed` when it took any back.
    bool drop_unnamed(peer_key_t owner, std::size_t most, bool &changed, ownership_t *changes = nullptr);
    // False: known already.
    bool announce(peer_key_t owner, std::string_view topic, ownership_t *changes = nullptr);
    // False: was not announced.
    bool withdraw(peer_key_t owner, std::string_view topic, ownership_t *changes = nullptr);
    // By hand: survives `replace` and `withdraw`, ends with remove_owner. False: routed already.
    bool route(peer_key_t owner, std::string_view topic, ownership_t *changes = nullptr);
    void remove_owner(peer_key_t owner, ownership_t *changes = nullptr);
    // The same, `most` topics at a time. True when there are no more.
    bool remove_owner(peer_key_t owner, std::size_t most, ownership_t *changes = nullptr);
    // Topics with an owner elsewhere that are not LOCAL: nothing else is in the table.
    std::size_t remote_count() const { return _topics.size() - _locals.size(); }
    // Announced or routed, each topic once
    std::size_t count_of(peer_key_t owner) const;
    std::vector<std::string> topics_of(peer_key_t owner) const; // sorted

    // How many topics have ceased to exist so far.
    std::uint64_t ended() const { return _ended; }

    bool exists(std::string_view topic) const { return _topics.find(topic) != nullptr; }
    std::vector<peer_key_t> owners(std::string_view topic) const; // sorted; empty if none
    std::vector<topic_entry_t> list() const;                      // sorted by name

    // Those that there are since the last call, or the first of them when there are very many.
    std::vector<rival_t> take_rivals() { return std::exchange(_rivals, {}); }
    bool has_rivals() const { return !_rivals.empty(); }

  private:
    // One owner's hold on one topic. It goes when it is neither announced nor routed.
    struct claim_t
    {
        peer_key_t owner;
        bool announced = false;
        bool routed = false;
    };
    // A topic goes when it is not LOCAL and nobody claims it.
    struct topic_t
    {
        bool local = false;
        std::vector<claim_t> claims; // sorted by owner
    };
    using topics_t = name_map_t<topic_t>;
    using item_t = topics_t::item_t;
    struct owner_t
    {
        // Exactly those with a claim of this owner: since the latest list began, and not named since then.
        std::unordered_set<item_t *> topics, unnamed;
        std::size_t size() const { return topics.size() + unnamed.size(); }
    };

    static claim_t *find_claim(item_t &item, peer_key_t owner);
    // The claim, made if need be: the caller sets announced or routed.
    claim_t &claim(owner_t &record, peer_key_t owner, std::string_view topic, ownership_t *changes);
    void drop_claim(item_t &item, peer_key_t owner, ownership_t *changes); // may end the item
    void drop_if_unclaimed(item_t &item);
    void drop_if_empty(peer_key_t owner);
    void note_rival(peer_key_t owner, const std::string &topic);

    void end(item_t *item);

    topics_t _topics;
    std::uint64_t _ended = 0;
    std::vector<rival_t> _rivals;
    std::set<std::string_view> _locals; // views of the items' names; sorted, since lists of it are
    std::unordered_map<peer_key_t, owner_t> _owners;
};
}
