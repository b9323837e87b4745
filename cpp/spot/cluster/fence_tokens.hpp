// The tokens that receivers of this node subscribe to. A token goes out behind the filters on a data
// connection. When the publishing node sends it back on the control connection, the filters before it are in
// effect. The call that subscribes waits for one token from many peers (operations_t); a data connection that
// was made waits for one token of its own (echoes_t).
//
// Thread safety: none; the service thread owns it.
//
// Invariants:
//  1. A counter is used once.
//  2. A token whose end could not be said, for want of memory, is kept until sweep() has said it.
#pragma once

#include <cstdint>
#include <iterator>
#include <unordered_map>

#include "spot/base/no_memory.hpp"
#include "spot/cluster/receiver_control.hpp"

namespace spot
{
class fence_tokens_t
{
  public:
    // `own`: the id of this node, which every token names.
    fence_tokens_t(receiver_control_t &receivers, const wire::node_id_t &own)
        : _receivers(receivers), _own(own)
    {
    }

    // Subscribes the receiver to a fresh token, and gives its counter.
    std::uint64_t begin(receiver_id_t receiver);
    // Nothing waits for it any more. Never throws.
    void end(std::uint64_t counter);
    void sweep();
    // Calls use(counter) for each token of a receiver that goes.
    template <typename Use> void forget_receiver(receiver_id_t receiver, Use use)
    {
        for (auto token = _tokens.begin(); token != _tokens.end();) {
            if (token->second.receiver != receiver) {
                ++token;
                continue;
            }
            use(token->first);
            token = _tokens.erase(token);
        }
    }
    std::size_t subscribed() const { return _tokens.size(); }

  private:
    struct token_t
    {
        receiver_id_t receiver;
        bool ended = false; // and that could not be said
    };

    receiver_control_t &_receivers;
    const wire::node_id_t _own;
    std::uint64_t _next_counter = 1;
    std::unordered_map<std::uint64_t, token_t> _tokens; // by their counters
};
}
