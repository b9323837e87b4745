// The nodes that gossip must not bring back: peers that the user removed, nodes that said BYE, and endpoints
// at which another node answered. Each list has a limit, beyond which its oldest entry is forgotten.
//
// Thread safety: none; the caller locks.
#pragma once

#include <algorithm>
#include <cstddef>
#include <deque>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "spot/wire/node_id.hpp"

namespace spot::registry
{
// A set of the last `limit` values that were inserted.
template <typename T> class recent_t
{
  public:
    explicit recent_t(std::size_t limit) : _limit(limit) {}
    bool contains(const T &value) const { return _values.count(value) > 0; }
    std::size_t size() const { return _values.size(); }
    void insert(const T &value)
    {
        if (contains(value))
            return;
        _order.push_back(value);
        _values.insert(value);
        if (_order.size() <= _limit)
            return;
        _values.erase(_order.front());
        _order.pop_front();
    }

    void erase(const T &value)
    {
        if (_values.erase(value) > 0)
            _order.erase(std::find(_order.begin(), _order.end(), value));
    }

  private:
    const std::size_t _limit;
    std::unordered_set<T> _values;
    std::deque<T> _order;
};

class exclusions_t
{
  public:
    explicit exclusions_t(std::size_t limit = 4096) : _limit(limit), _left(limit), _misnamed(limit) {}

    // The user removed a peer that was known by these endpoints; `id` is empty if it was not known.
    void remove(std::vector<std::string> endpoints, const wire::node_id_t &id);
    // The user added the endpoint, or the node, again: the whole entry of the removal goes.
    void restore(const std::string &endpoint);
    void restore(const wire::node_id_t &id);

    // The node `id` said BYE. A node that starts again has a new id.
    void leave(const wire::node_id_t &id) { _left.insert(id); }
    // The node `id` speaks although a BYE came in its name; so another node had sent that BYE.
    void returned(const wire::node_id_t &id) { _left.erase(id); }
    // A node other than `id` answers at the endpoint.
    void misname(const std::string &endpoint, const wire::node_id_t &id)
    {
        _misnamed.insert(pair(endpoint, id));
    }

    bool excludes(const std::string &endpoint, const wire::node_id_t &id) const
    {
        return why_excluded(endpoint, id) != nullptr;
    }
    // The reason as a text for the log. Null: the node is not excluded.
    const char *why_excluded(const std::string &endpoint, const wire::node_id_t &id) const;
    std::size_t removed() const { return _removed.size(); }

  private:
    struct removed_t
    {
        std::vector<std::string> endpoints;
        wire::node_id_t id;
    };
    static std::string pair(const std::string &endpoint, const wire::node_id_t &id)
    {
        return std::string(id.view()) + endpoint;
    }
    template <typename Which> void restore_if(Which which);
    void count(const removed_t &entry, int change);

    const std::size_t _limit;
    std::deque<removed_t> _removed;
    // How many entries of _removed name each endpoint and each id.
    std::unordered_map<std::string, int> _endpoints;
    std::unordered_map<wire::node_id_t, int> _ids;
    recent_t<wire::node_id_t> _left;
    recent_t<std::string> _misnamed;
};
}
