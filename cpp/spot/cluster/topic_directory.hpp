// Where topics are, and how publications reach their owners.
//
// Thread safety: any thread; each method locks node_records_t::mutex once, for reading.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "spot/base/types.hpp"
#include "spot/cluster/node_records.hpp"

namespace spot
{
struct owner_state_t
{
    std::string endpoint; // empty: the topic has no owner
    peer_state_t state = peer_state_t::down;
    std::string reason; // why it is not UP
};

class topic_directory_t
{
  public:
    explicit topic_directory_t(const node_records_t &records) : _records(records) {}

    // Changes whenever the route of some topic may have changed. One load.
    std::uint64_t route_epoch() const { return _records.route_epoch.load(std::memory_order_acquire); }
    // The way to one owner that is not DOWN: the one with the lowest node id, so that every node chooses the
    // same. Null and ENOENT (no node has the topic) or EHOSTUNREACH.
    std::shared_ptr<way_t> way_to(std::string_view topic) const;
    // Of a topic without such a way: its owner that is the nearest to being UP.
    owner_state_t owner_of(std::string_view topic) const;

    bool exists(std::string_view topic) const;
    std::vector<topic_info_t> list() const;
    // How many topics, LOCAL and REMOTE, have ceased to exist so far.
    std::uint64_t ended() const;

  private:
    const node_records_t &_records;
};
}
