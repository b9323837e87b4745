// The changes of the LOCAL topics that nodes have not been told yet, and the version of the list.
//
// The version counts all changes since the node was made, from 1 (at that time it had no topics). Changes are
// kept only while there is a node to be told of them.
//
// Invariants:
//   1. The changes in the log are the last ones, without a gap: the first of them led to version() - size()
//   + 1.
//      (While nothing is kept, the log is empty.)
//   2. prepare() does all that needs memory. It is followed by commit() or cancel(), which do not throw.
//
// Thread safety: none; the caller locks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "spot/wire/control.hpp"

namespace spot::registry
{
// Changes in order; `version` is that of the list after the last of them.
struct topic_changes_t
{
    std::uint64_t version = 1;
    std::vector<wire::topic_change_t> changes;
};

class change_log_t
{
  public:
    void prepare(bool added, std::string_view topic);
    void cancel();
    // Returns whether the change is kept, to be told.
    bool commit();

    void keep(bool keep);
    std::uint64_t version() const { return _log.version; }
    // The changes that were kept since the last call.
    topic_changes_t take();

  private:
    topic_changes_t _log;
    bool _keep = false;
};
}
