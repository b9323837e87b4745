// Which receive queues and plain programs subscribe to which topics, as far as this node knows.
//
// Thread safety: any thread reads, the service thread writes. Each method locks node_records_t::mutex once,
// unless it says more. Patterns are compared without the mutex: with many of them each topic takes long.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "spot/base/types.hpp"
#include "spot/cluster/node_records.hpp"

namespace spot
{
class known_subscribers_t
{
  public:
    // One receive queue, and the list of what it subscribes to.
    struct known_list_t
    {
        wire::node_id_t node;
        std::uint32_t receiver;
        registry::subscriber_table_t::list_ref list;
    };

    explicit known_subscribers_t(node_records_t &records) : _records(records) {}

    // The whole list of one receive queue. False: beyond a limit, and its earlier list stays.
    bool set(const wire::node_id_t &node, std::uint32_t receiver, std::vector<std::string> names);
    void forget(const wire::node_id_t &node);
    // A plain program subscribed to the topic here, or ended that.
    void program_subscribed(const std::string &topic, bool added);
    // Every receive queue whose list is known.
    std::vector<known_list_t> lists() const;

    // How many receive queues and plain programs, over all nodes that this one has heard of it from,
    // subscribe to any node's topic of that name.
    std::size_t count(std::string_view topic) const;
    // Fills in which of these topics are LOCAL, and how many subscribers they have. Locks once for some
    // topics.
    void count(topic_sums_t &sums) const;

    // The subscriptions that a node had when it connected are in effect here.
    void serve(const wire::node_id_t &node);
    std::vector<std::string> served() const; // node ids

  private:
    node_records_t &_records;
};
}
