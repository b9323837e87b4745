// The topics of other nodes (REMOTE), as their owners announce them.
//
// Lists may be long, and the mutex is held for a part of one at a time: begin_list, change() for the topics
// that the list names, and drop_unnamed until that returns true. Meanwhile the peer owns its earlier topics
// as well.
//
// Thread safety: any thread; in a node the service thread alone. Each method locks node_records_t::mutex
// once.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "spot/cluster/node_records.hpp"
#include "spot/wire/topic_entry.hpp"

namespace spot
{
class remote_topics_t
{
  public:
    static constexpr std::size_t topics_per_lock = 256;

    explicit remote_topics_t(node_records_t &records) : _records(records) {}

    void begin_list(peer_key_t peer);
    bool drop_unnamed(peer_key_t peer);
    // Some changes, no more than topics_per_lock. False when the peer would own more than `max_topics`: the
    // rest was not applied.
    bool change(peer_key_t peer, const std::vector<wire::topic_entry_view_t> &changes,
                std::size_t max_topics);
    // By hand. False: the topic is LOCAL.
    bool route(peer_key_t peer, std::string_view topic);
    std::vector<std::string> topics_of(peer_key_t peer) const;
    // LOCAL topics that other nodes have come to own, or owned before. Locks twice if there are any.
    std::vector<registry::rival_t> take_rivals();

  private:
    std::shared_ptr<way_t> used_way_of(peer_key_t peer) const SPOT_REQUIRES(_records.mutex);
    void end_on_way(way_t &way, peer_key_t peer, std::string_view topic) SPOT_REQUIRES(_records.mutex);

    node_records_t &_records;
};
}
