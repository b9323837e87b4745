// The clients whose HELLO was refused, and what the log was told of that.
//
// A refused client must not be served as a plain program, or it would take this node for a plain peer. It is
// remembered until it is silent for forgotten_ms, or says a HELLO that is welcomed.
//
// Invariants:
//   1. No more than most_remembered clients are remembered. A client beyond that is served as a plain program
//      until it says HELLO again.
//   2. The log is told of one node no more than once in logged_again_ms, unless very many are refused.
//
// Thread safety: none; the owner's. (In a node: the service thread.)
#pragma once

#include <cstddef>
#include <string>
#include <unordered_map>

#include "spot/base/clock.hpp"
#include "spot/wire/node_id.hpp"

namespace spot::registry
{
class refusals_t
{
  public:
    static constexpr std::size_t most_remembered = 4096;
    static constexpr millis_t logged_again_ms = 60000;
    static constexpr millis_t forgotten_ms = 60000;

    void note(const std::string &address, millis_t now);
    // Whether what that client says is to be ignored. A client that goes on talking is not forgotten.
    bool is_refused(const std::string &address, millis_t now);
    void forgive(const std::string &address) { _heard.erase(address); }
    // Forgets the clients that have been silent for long.
    void forget_silent(millis_t now);

    // Whether the log is to be told that this node was refused. Notes that it was.
    bool must_log(const wire::node_id_t &node, millis_t now);

    std::size_t size() const { return _heard.size(); }

  private:
    std::unordered_map<std::string, millis_t> _heard; // by address: when the client was last heard
    std::unordered_map<wire::node_id_t, millis_t> _logged;
};
}
