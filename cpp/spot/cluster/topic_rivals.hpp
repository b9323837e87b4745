// Notices when another node owns a topic of this node's: most often that is a program that was started twice,
// or a name that two people chose. The log is told, once for each topic and node.
//
// Thread safety: none; the service thread owns it.
#pragma once

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "spot/base/log.hpp"
#include "spot/cluster/peer_table.hpp"
#include "spot/cluster/shared_state.hpp"

namespace spot
{
class topic_rivals_t
{
  public:
    // `most_shared`: of one peer.
    topic_rivals_t(std::size_t most_shared, peer_table_t &table, shared_state_t &state, const logger_t &log)
        : _most_shared(most_shared), _table(table), _state(state), _log(log)
    {
    }

    // The peer says that others may own these topics of its too. False: it is not welcomed.
    bool take_shared(peer_t &peer, const std::vector<std::string> &topics) const;
    void report();

  private:
    const std::size_t _most_shared;
    peer_table_t &_table;
    shared_state_t &_state;
    const logger_t &_log;
    std::set<std::pair<wire::node_id_t, std::string>> _told;
};
}
