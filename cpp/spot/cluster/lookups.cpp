#include "spot/cluster/lookups.hpp"

#include <utility>

namespace spot
{
bool lookups_t::ask(const std::string &host, told_t told)
{
    const auto known = _asked.find(host);
    if (known != _asked.end()) {
        known->second.push_back(std::move(told));
        return true;
    }
    if (_asked.size() >= _most)
        return false;
    auto answer = [this, mailbox = _mailbox, host](const addresses_t &found) {
        // The task runs on the service thread, which is where this object lives.
        mailbox->post([this, host, found] { answered(host, found); });
    };
    if (!_resolver.resolve(host, std::move(answer)))
        return false;
    _asked[host].push_back(std::move(told));
    return true;
}

void lookups_t::answered(const std::string &host, const addresses_t &found)
{
    const auto asked = _asked.find(host);
    if (asked == _asked.end())
        return;
    const std::vector<told_t> waiting = std::move(asked->second);
    _asked.erase(asked);
    for (const told_t &told : waiting)
        told(found);
}
}
