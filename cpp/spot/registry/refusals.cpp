#include "spot/registry/refusals.hpp"

#include <iterator>

namespace spot::registry
{
void refusals_t::note(const std::string &address, millis_t now)
{
    if (_heard.count(address) == 0 && _heard.size() >= most_remembered)
        _heard.erase(_heard.begin());
    _heard[address] = now;
}

bool refusals_t::is_refused(const std::string &address, millis_t now)
{
    const auto found = _heard.find(address);
    if (found == _heard.end())
        return false;
    found->second = now;
    return true;
}

void refusals_t::forget_silent(millis_t now)
{
    for (auto entry = _heard.begin(); entry != _heard.end();)
        entry = now - entry->second > forgotten_ms ? _heard.erase(entry) : std::next(entry);
}

bool refusals_t::must_log(const wire::node_id_t &node, millis_t now)
{
    if (_logged.size() >= most_remembered)
        _logged.clear();
    const auto [logged, first] = _logged.emplace(node, now);
    if (!first && now - logged->second < logged_again_ms)
        return false;
    logged->second = now;
    return true;
}
}
