// The connections of subscribers to a node's XPUB: how much each subscribes to, which node is behind it, and
// whether it takes what is sent. One that asks for too much, or takes nothing for too long, is cut off alone;
// libzmq then forgets what it subscribed to and what waits for it.
//
// Ownership: everything here belongs to the service thread. Connections within the process are none of it:
// they have no descriptor.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "spot/base/clock.hpp"
#include "spot/transport/connection.hpp"
#include "spot/wire/node_id.hpp"

namespace spot
{
class subscriber_connections_t
{
  public:
    struct limits_t
    {
        std::size_t filters = 0;       // of one connection
        std::size_t filter_bytes = 0;  // in all, of one connection
        millis_t stall_timeout_ms = 0; // 0: they may take as long as they like
    };
    enum class reason_t
    {
        too_many_filters,
        took_nothing,
        held_up_others,
    };
    struct cut_t
    {
        wire::node_id_t node_id; // empty: it never said
        reason_t reason;
    };

    explicit subscriber_connections_t(const limits_t &limits) : _limits(limits) {}

    // It subscribed, or ended a subscription.
    void note_filter(int fd, std::string_view filter, bool added);
    // A fence token of that node's came on it.
    void note_node(int fd, const wire::node_id_t &node_id);

    // Whether one is no node's, or has not said yet whose it is.
    bool has_strangers() const;

    // Forgets connections that have ended, and cuts off those that have taken nothing for too long.
    void tick(millis_t now);
    // Those of a node that is DOWN, as far as something waits for it there.
    void cut_off(const wire::node_id_t &node_id);

    // What was cut off since the last call.
    std::vector<cut_t> take_cuts();

  private:
    struct entry_t
    {
        connection_t connection;
        wire::node_id_t node_id;
        std::unordered_set<std::uint64_t> filters; // hashes under a key that peers do not know
        std::size_t filter_bytes = 0;
        bool cut = false;
        std::uint64_t taken = 0;
        millis_t stalled_for = 0;
    };

    entry_t *entry_of(int fd);
    void cut(entry_t &entry, reason_t reason);
    bool stalls(entry_t &entry, millis_t elapsed) const;

    const limits_t _limits;
    std::unordered_map<int, entry_t> _entries; // by descriptor
    std::vector<cut_t> _cuts;
    millis_t _last_tick = 0;
};
}
