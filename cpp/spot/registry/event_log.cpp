#include "spot/registry/event_log.hpp"

#include <iterator>
#include <utility>

namespace spot::registry
{
namespace
{
// Events about the same subject have the same key. No topic and no endpoint holds a NUL, so that keys of
// different subjects differ.
std::string key_of(char group, const std::string &topic, const std::string &peer)
{
    std::string key;
    key.reserve(topic.size() + peer.size() + 2);
    key += group;
    key += topic;
    key += '\0';
    key += peer;
    return key;
}

std::string key_of(const event_t &event)
{
    switch (event.kind) {
    case event_kind_t::topic_added:
    case event_kind_t::topic_removed:
        return key_of('t', event.topic, event.peer);
    case event_kind_t::peer_up:
    case event_kind_t::peer_down:
        return key_of('p', {}, event.peer);
    case event_kind_t::lost:
        return key_of('l', event.topic, event.node_id);
    case event_kind_t::subscribers_changed:
        break;
    }
    return key_of('s', event.topic, {});
}
}

void event_log_t::add(event_t event)
{
    std::string key = key_of(event);
    switch (event.kind) {
    case event_kind_t::topic_added:
    case event_kind_t::peer_up:
    case event_kind_t::subscribers_changed:
        return begin(std::move(event), key);
    case event_kind_t::topic_removed:
        if (event.peer.empty())
            drop_count(event.topic); // the count of a topic that is gone is of no use
        return end(std::move(event), key);
    case event_kind_t::peer_down:
        return end(std::move(event), key);
    case event_kind_t::lost:
        return add_loss(std::move(event), std::move(key));
    }
}

event_t event_log_t::take()
{
    const auto first = _events.begin();
    event_t event = std::move(first->event);
    const auto pending = _index.find(first->key);
    (pending->second.ended == first ? pending->second.ended : pending->second.begun) = _events.end();
    forget_if_told(pending);
    _events.erase(first);
    _losses -= event.kind == event_kind_t::lost ? 1 : 0;
    return event;
}

void event_log_t::clear()
{
    _index.clear();
    _events.clear();
    _losses = 0;
}

void event_log_t::begin(event_t event, const std::string &key)
{
    entries_t fresh = entry_of(std::move(event), key);
    put(pending_of(key).begun, fresh);
}

void event_log_t::add_loss(event_t event, std::string key)
{
    auto known = _index.find(key);
    if (known == _index.end() && _losses >= max_losses) {
        event.topic.clear();
        event.peer.clear();
        event.node_id.clear();
        key = key_of(event);
        known = _index.find(key);
    }
    if (known != _index.end()) {
        known->second.begun->event.count += event.count;
        return;
    }
    begin(std::move(event), key);
    ++_losses;
}

// If the beginning has not been read yet, it is dropped, and the end is not reported either.
void event_log_t::end(event_t event, const std::string &key)
{
    const auto known = _index.find(key);
    if (known != _index.end() && known->second.begun != _events.end()) {
        drop(known->second.begun);
        forget_if_told(known);
        return;
    }
    entries_t fresh = entry_of(std::move(event), key);
    put(pending_of(key).ended, fresh);
}

void event_log_t::drop_count(const std::string &topic)
{
    const auto pending = _index.find(key_of('s', topic, {}));
    if (pending == _index.end())
        return;
    drop(pending->second.begun);
    forget_if_told(pending);
}

// A list with one entry. It is made before anything changes, because there may be no memory for it.
event_log_t::entries_t event_log_t::entry_of(event_t event, const std::string &key)
{
    entries_t fresh;
    fresh.push_back({std::move(event), key});
    return fresh;
}

void event_log_t::put(entries_t::iterator &place, entries_t &fresh)
{
    if (place != _events.end()) {
        place->event = std::move(fresh.front().event);
        return;
    }
    _events.splice(_events.end(), fresh);
    place = std::prev(_events.end());
}

void event_log_t::drop(entries_t::iterator &place)
{
    _events.erase(std::exchange(place, _events.end()));
}

void event_log_t::forget_if_told(index_t::iterator pending)
{
    if (pending->second.ended == _events.end() && pending->second.begun == _events.end())
        _index.erase(pending);
}

event_log_t::pending_t &event_log_t::pending_of(const std::string &key)
{
    return _index.try_emplace(key, pending_t{_events.end(), _events.end()}).first->second;
}
}
