// Whom gossip must not bring back: peers that the user removed, nodes that left, names that lead elsewhere.
// Pure: the caller locks. Every list has a limit, beyond which its oldest entry is forgotten.
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
// Values, of which at most `limit` are kept.
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

    // The user removed a peer that was known by these endpoints; `id` may be empty.
    void remove(std::vector<std::string> endpoints, const wire::node_id_t &id);
    // The user named it again: everything that was removed along with it may come back.
    void restore(const std::string &endpoint);
    void restore(const wire::node_id_t &id);

    // This node said BYE. A node that comes back has a new id.
    void leave(const wire::node_id_t &id) { _left.insert(id); }
    // It speaks again, so that another one said BYE in its name.
    void returned(const wire::node_id_t &id) { _left.erase(id); }
    // Another node than this one answers at the endpoint.
    void misname(const std::string &endpoint, const wire::node_id_t &id)
    {
        _misnamed.insert(pair(endpoint, id));
    }

    bool excludes(const std::string &endpoint, const wire::node_id_t &id) const
    {
        return why_excluded(endpoint, id) != nullptr;
    }
    // For the log. Null: it is not excluded.
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
    // How often each is among the removed.
    std::unordered_map<std::string, int> _endpoints;
    std::unordered_map<wire::node_id_t, int> _ids;
    recent_t<wire::node_id_t> _left;
    recent_t<std::string> _misnamed;
};
}
