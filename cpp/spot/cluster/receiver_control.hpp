// What the rooms of the cluster layer do to the receivers of this node. receivers_t does it to real ones;
// tests use a list that records the calls.
//
// Thread safety: none; the service thread calls it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "spot/wire/control.hpp"
#include "spot/wire/node_id.hpp"

namespace spot
{
// Numbers a node's receivers, and is never used again. SUBS tells it to peers.
using receiver_id_t = std::uint32_t;
inline constexpr receiver_id_t default_receiver = 0;

class receiver_control_t
{
  public:
    virtual ~receiver_control_t() = default;
    virtual std::vector<receiver_id_t> ids() const = 0;
    virtual bool has(receiver_id_t id) const = 0;

    // --- one receiver, which must be there; see receiver.hpp
    virtual int connect_one(receiver_id_t id, const std::string &endpoint) = 0; // 0, or -1 and errno
    virtual void retire_one(receiver_id_t id, const std::string &endpoint) = 0;
    virtual void add_source_to(receiver_id_t id, const wire::node_id_t &node) = 0;
    virtual void remove_source_from(receiver_id_t id, const wire::node_id_t &node, bool may_return) = 0;
    virtual void subscribe_token(receiver_id_t id, const wire::token_t &token) = 0;
    virtual void unsubscribe_token(receiver_id_t id, const wire::token_t &token) = 0;

    // --- every receiver
    virtual void disconnect(const std::string &endpoint) = 0;
    virtual void add_source(const wire::node_id_t &node) = 0;
    virtual void remove_source(const wire::node_id_t &node, bool may_return) = 0;
    virtual void purge_source(const wire::node_id_t &node) = 0;
};
}
