#include "spot/registry/exclusions.hpp"

#include <algorithm>
#include <utility>

namespace spot::registry
{
void exclusions_t::remove(std::vector<std::string> endpoints, const wire::node_id_t &id)
{
    _removed.push_back({std::move(endpoints), id});
    count(_removed.back(), 1);
    if (_removed.size() <= _limit)
        return;
    count(_removed.front(), -1);
    _removed.pop_front();
}

void exclusions_t::restore(const std::string &endpoint)
{
    if (_endpoints.count(endpoint) == 0)
        return;
    restore_if([&](const removed_t &entry) {
        return std::find(entry.endpoints.begin(), entry.endpoints.end(), endpoint) != entry.endpoints.end();
    });
}

void exclusions_t::restore(const wire::node_id_t &id)
{
    if (_ids.count(id) == 0)
        return;
    restore_if([&](const removed_t &entry) { return entry.id == id; });
}

template <typename Which> void exclusions_t::restore_if(Which which)
{
    for (auto entry = _removed.begin(); entry != _removed.end();) {
        if (!which(*entry)) {
            ++entry;
            continue;
        }
        count(*entry, -1);
        entry = _removed.erase(entry);
    }
}

void exclusions_t::count(const removed_t &entry, int change)
{
    const auto add = [change](auto &counts, const auto &key) {
        if ((counts[key] += change) == 0)
            counts.erase(key);
    };
    for (const std::string &endpoint : entry.endpoints)
        add(_endpoints, endpoint);
    if (!entry.id.empty())
        add(_ids, entry.id);
}

const char *exclusions_t::why_excluded(const std::string &endpoint, const wire::node_id_t &id) const
{
    if (_endpoints.count(endpoint) > 0 || _ids.count(id) > 0)
        return "it was removed";
    if (_left.contains(id))
        return "it said BYE";
    if (_misnamed.size() > 0 && _misnamed.contains(pair(endpoint, id)))
        return "another node answered there";
    return nullptr;
}
}
