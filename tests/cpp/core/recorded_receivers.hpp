// Receivers that do nothing, and record what they are told: for tests of the rooms of the cluster layer.
#pragma once

#include <algorithm>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include "spot/cluster/receiver_control.hpp"

namespace spot::test
{
class recorded_receivers_t : public receiver_control_t
{
  public:
    std::vector<receiver_id_t> all{0};
    bool starved = false; // for memory
    std::vector<std::string> calls;

    std::vector<std::string> take() { return std::exchange(calls, {}); }

    std::vector<receiver_id_t> ids() const override { return all; }
    bool has(receiver_id_t id) const override { return std::count(all.begin(), all.end(), id) > 0; }
    int connect_one(receiver_id_t id, const std::string &endpoint) override
    {
        return note("connect", id, endpoint);
    }
    void retire_one(receiver_id_t id, const std::string &endpoint) override { note("retire", id, endpoint); }
    void add_source_to(receiver_id_t id, const wire::node_id_t &node) override
    {
        note("add", id, node.hex().substr(0, 2));
    }
    void remove_source_from(receiver_id_t id, const wire::node_id_t &node, bool may_return) override
    {
        note(may_return ? "pause" : "remove", id, node.hex().substr(0, 2));
    }
    void subscribe_token(receiver_id_t id, const wire::token_t &token) override
    {
        note("subscribe", id, std::to_string(token.counter));
    }
    void unsubscribe_token(receiver_id_t id, const wire::token_t &token) override
    {
        note("unsubscribe", id, std::to_string(token.counter));
    }
    void disconnect(const std::string &endpoint) override { note("disconnect", endpoint); }
    void add_source(const wire::node_id_t &node) override { note("add", node.hex().substr(0, 2)); }
    void remove_source(const wire::node_id_t &node, bool may_return) override
    {
        note(may_return ? "pause" : "remove", node.hex().substr(0, 2));
    }
    void purge_source(const wire::node_id_t &node) override { note("purge", node.hex().substr(0, 2)); }

  private:
    int note(const std::string &call, const std::string &subject)
    {
        if (starved)
            throw std::bad_alloc();
        calls.push_back(call + " " + subject);
        return 0;
    }
    int note(const std::string &call, receiver_id_t id, const std::string &subject)
    {
        return note(call, std::to_string(id) + " " + subject);
    }
};

inline wire::node_id_t node_numbered(std::uint8_t number)
{
    wire::node_id_t id;
    id.bytes.fill(number);
    return id;
}
}
