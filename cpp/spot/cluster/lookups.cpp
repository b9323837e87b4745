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
    std::deque<told_t> &waiting = _asked[host];
    bool resolving = false;
    try {
        waiting.push_back(std::move(told));
        resolving = _resolver.resolve(host, std::move(answer));
    } catch (...) {
        _asked.erase(host);
        throw;
    }
    if (!resolving)
        _asked.erase(host);
    return resolving;
}

void lookups_t::answered(const std::string &host, const addresses_t &found)
{
    const auto asked = _asked.find(host);
    if (asked == _asked.end())
        return;
    // A callback that finds no memory is called again: the task is run once more.
    for (std::deque<told_t> &waiting = asked->second; !waiting.empty(); waiting.pop_front())
        waiting.front()(found);
    _asked.erase(host);
}
}
