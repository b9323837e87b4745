#include "spot/registry/relayed_topics.hpp"

namespace spot::registry
{
void relayed_topics_t::add(const std::string &topic, const std::string &address)
{
    const auto [place, is_new] = _topics.try_emplace(topic);
    try {
        place->second.subscribers.insert(address);
    } catch (...) {
        if (is_new)
            _topics.erase(place);
        throw;
    }
}

void relayed_topics_t::remove(const std::string &topic, const std::string &address)
{
    const auto found = _topics.find(topic);
    if (found == _topics.end())
        return;
    found->second.subscribers.erase(address);
    if (found->second.subscribers.empty())
        _topics.erase(found);
}

bool relayed_topics_t::has(const std::string &topic, const std::string &address) const
{
    const client_addresses_t *const addresses = subscribers(topic);
    return addresses && addresses->count(address) != 0;
}

const relayed_topics_t::client_addresses_t *relayed_topics_t::subscribers(const std::string &topic) const
{
    const auto found = _topics.find(topic);
    return found == _topics.end() ? nullptr : &found->second.subscribers;
}

std::uint64_t relayed_topics_t::missed(const std::string &topic, std::uint64_t first, std::uint64_t count)
{
    const auto found = _topics.find(topic);
    if (found == _topics.end())
        return 0;
    relayed_topic_t &relayed = found->second;
    const bool gap = relayed.expected > 0 && first > relayed.expected;
    const std::uint64_t missed = gap ? (first - relayed.expected) * relayed.subscribers.size() : 0;
    relayed.expected = first + count;
    return missed;
}
}
