// Which topics exist and who owns them. Pure: the caller locks.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

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

class topic_table_t
{
  public:
    // LOCAL
    bool add_local(std::string_view topic);    // false: LOCAL already
    bool remove_local(std::string_view topic); // false: not LOCAL
    bool is_local(std::string_view topic) const;
    std::vector<std::string> local_topics() const; // sorted
    std::size_t local_count() const;

    // REMOTE, announced by a peer
    // Makes `topics` the whole of what `owner` announced (routes by hand stay). True if anything changed.
    bool replace(peer_key_t owner, const std::vector<std::string> &topics);
    bool announce(peer_key_t owner, std::string_view topic); // false: known already
    bool withdraw(peer_key_t owner, std::string_view topic); // false: was not announced
    // REMOTE, by hand: survives `replace` and `withdraw`, ends with remove_owner
    bool route(peer_key_t owner, std::string_view topic); // false: routed already
    void remove_owner(peer_key_t owner);
    std::size_t count_of(peer_key_t owner) const;
    std::vector<std::string> topics_of(peer_key_t owner) const; // sorted

    bool exists(std::string_view topic) const;
    std::vector<peer_key_t> owners(std::string_view topic) const; // sorted; empty if none
    std::vector<topic_entry_t> list() const;                      // sorted by name

  private:
    // implementer's choice
};
}
