// The callers of the ROUTER: its connections, by routing id, and when they end.
//
// libzmq does not tell a ROUTER that a connection ended. It tells the descriptor on which a message came: as
// long as that is the same socket, the connection lives. Two cases remain in which only sending something
// finds out (the server does that for a caller that is_uncertain()):
//   - libzmq does not tell the descriptor (before ZMTP 3, and within a process);
//   - two routing ids seem to have one socket: one of them ended, and its descriptor was given to the other.
//
// Invariants:
//   1. No more than most_callers are kept. A client that only waits for an answer needs no place that lasts.
//   2. Of two callers with one socket whose routing ids the ROUTER drew itself, the later one has it. The
//      earlier one is doubtful. Where a program chose one of the two ids, both are.
//
// Thread safety: none; the service thread.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "spot/base/clock.hpp"
#include "spot/cluster/client_backlog.hpp"
#include "spot/transport/connection.hpp"
#include "spot/transport/wakeup.hpp"
#include "spot/wire/limits.hpp"

namespace spot
{
struct caller_t
{
    connection_t connection; // none: libzmq did not tell it
    bool doubtful = false;   // another routing id came on the same connection: one of the two has ended
    millis_t probe_at = 0;   // not before, it is told something to find out whether it is there
    std::shared_ptr<client_backlog_t> backlog;
    std::unordered_set<std::string> addresses; // of its clients
};

class callers_t
{
  public:
    static constexpr std::size_t places = 6 * wire::max_peers;
    static constexpr std::size_t most_addresses = 1024; // of the clients behind one connection
    static constexpr millis_t probe_spacing_ms = 10000;

    using look_t = connection_t (*)(int descriptor);
    // `look` says which connection a descriptor is now. `wakeup` is set when a caller that had no room has
    // some.
    callers_t(const client_backlog_limits_t &limits, std::shared_ptr<wakeup_t> wakeup,
              look_t look = connection_at)
        : _limits(limits), _wakeup(std::move(wakeup)), _look(look)
    {
    }

    // A program that chose its routing id itself came back with it on another connection: its clients that
    // are plain programs are gone. Called before the caller is changed; what throws is called again with the
    // next message.
    std::function<void(const std::string &routing_id)> came_back;

    // Notes on which connection a message came. False: that connection has ended already.
    bool note(std::string_view routing_id, int descriptor);
    caller_t *find(const std::string &routing_id);
    // The caller behind a client's address, which is made if there is none. Null: all places are taken.
    caller_t *of(std::string_view address);
    std::vector<std::string> routing_ids() const;
    std::size_t size() const { return _callers.size(); }
    void drop(const std::string &routing_id);
    void forget_address(const std::string &address);

    // Whether its connection is known, and is there no longer.
    bool has_ended(const caller_t &caller) const;
    void forget_connection(const std::string &routing_id, caller_t &caller);
    // Only sending something finds out whether it is there.
    static bool is_uncertain(const caller_t &caller) { return !caller.connection || caller.doubtful; }

  private:
    caller_t made() const;
    void note_connection(const std::string &routing_id, caller_t &caller, const connection_t &connection);
    void forget_descriptor(const std::string &routing_id, const caller_t &caller);

    const client_backlog_limits_t _limits;
    const std::shared_ptr<wakeup_t> _wakeup;
    const look_t _look;
    std::unordered_map<std::string, caller_t> _callers;  // by routing id
    std::unordered_map<int, std::string> _by_descriptor; // the routing id that was seen last on it
};
}
