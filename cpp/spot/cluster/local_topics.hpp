// The topics that this node owns (LOCAL), and the log of their changes for other nodes.
//
// Thread safety: any thread; each method locks node_records_t::mutex once.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "spot/cluster/node_records.hpp"
#include "spot/registry/change_log.hpp"

namespace spot
{
class local_topics_t
{
  public:
    explicit local_topics_t(node_records_t &records) : _records(records) {}

    // False: the topic is LOCAL already, or is not. `log_began`: this is the first change that waits to be
    // told, so that the service thread must be woken. `shared`: other nodes may own the topic, too. What
    // throws has changed nothing.
    bool add(std::string_view topic, bool shared, bool &log_began);
    bool remove(std::string_view topic, bool &log_began);

    bool has(std::string_view topic) const;
    bool is_shared(std::string_view topic) const;
    std::vector<std::string> shared() const;
    // `version` is that of this list.
    std::vector<std::string> list(std::uint64_t &version) const;
    std::uint64_t version() const;

    // Changes are kept only while there is a node to be told of them.
    void keep_log(bool keep);
    // Whether changes wait to be told. One load.
    bool log_waits() const { return _records.log_waits.load(std::memory_order_acquire); }
    registry::topic_changes_t take_log();

  private:
    bool commit(bool added, std::string_view topic, event_hub_t::wake_t &wake) SPOT_REQUIRES(_records.mutex);

    node_records_t &_records;
};
}
