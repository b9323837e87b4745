#include "spot/registry/topics.hpp"

#include <algorithm>
#include <utility>

#include "spot/base/no_memory.hpp"

namespace spot::registry
{
namespace
{
// The place of the claim of `owner`, or the place to insert it.
template <typename Claims> auto position(Claims &claims, peer_key_t owner)
{
    return std::lower_bound(claims.begin(), claims.end(), owner,
                            [](const auto &held, peer_key_t key) { return held.owner < key; });
}

// Reserves room for one more element: a node that is extracted from another set can then be inserted without
// allocating, and cannot get lost.
template <typename Set> void make_room(Set &set)
{
    const auto places = static_cast<float>(set.bucket_count()) * set.max_load_factor();
    if (static_cast<float>(set.size() + 1) > places)
        set.reserve(2 * (set.size() + 1));
}
}

bool topic_table_t::add_local(std::string_view topic)
{
    item_t &item = *_topics.insert(topic).first;
    if (item.value.local)
        return false;
    try {
        _locals.insert(item.name);
    } catch (...) {
        drop_if_unclaimed(item);
        throw;
    }
    item.value.local = true;
    for (const claim_t &held : item.value.claims)
        note_rival(held.owner, item.name);
    return true;
}

bool topic_table_t::remove_local(std::string_view topic)
{
    item_t *const item = _topics.find(topic);
    if (item == nullptr || !item->value.local)
        return false;
    item->value.local = false;
    _locals.erase(item->name);
    if (item->value.claims.empty())
        end(item);
    return true;
}

bool topic_table_t::is_local(std::string_view topic) const
{
    const item_t *const item = _topics.find(topic);
    return item != nullptr && item->value.local;
}

std::vector<std::string> topic_table_t::local_topics() const
{
    return {_locals.begin(), _locals.end()};
}

bool topic_table_t::replace(peer_key_t owner, const std::vector<std::string> &topics, ownership_t *changes)
{
    begin_list(owner);
    bool changed = false;
    for (const std::string &topic : topics)
        changed = announce(owner, topic, changes) || changed;
    drop_unnamed(owner, static_cast<std::size_t>(-1), changed, changes);
    return changed;
}

void topic_table_t::begin_list(peer_key_t owner)
{
    owner_t &record = _owners[owner];
    if (record.topics.size() > record.unnamed.size())
        record.topics.swap(record.unnamed);
    record.unnamed.merge(record.topics);
    record.topics.clear();
}

bool topic_table_t::announce(peer_key_t owner, std::string_view topic, ownership_t *changes)
{
    owner_t &record = _owners[owner];
    claim_t &held = claim(record, owner, topic, changes);
    return !std::exchange(held.announced, true);
}

bool topic_table_t::drop_unnamed(peer_key_t owner, std::size_t most, bool &changed, ownership_t *changes)
{
    const auto found = _owners.find(owner);
    if (found == _owners.end())
        return true;
    owner_t &record = found->second;
    for (; most > 0 && !record.unnamed.empty(); --most) {
        item_t &item = **record.unnamed.begin();
        claim_t &held = *find_claim(item, owner);
        changed = std::exchange(held.announced, false) || changed; // stays true if an allocation throws below
        if (held.routed) {
            make_room(record.topics);
            record.topics.insert(record.unnamed.extract(record.unnamed.begin()));
            continue;
        }
        drop_claim(item, owner, changes);
        record.unnamed.erase(record.unnamed.begin());
    }
    const bool done = record.unnamed.empty();
    drop_if_empty(owner);
    return done;
}

bool topic_table_t::withdraw(peer_key_t owner, std::string_view topic, ownership_t *changes)
{
    item_t *const item = _topics.find(topic);
    claim_t *const held = item == nullptr ? nullptr : find_claim(*item, owner);
    if (held == nullptr || !held->announced)
        return false;
    owner_t &record = _owners[owner];
    if (held->routed) {
        held->announced = false;
    } else {
        drop_claim(*item, owner, changes); // throws before it changes anything; may erase the item
        // `item` may dangle now: below it is only a key.
        if (record.topics.erase(item) == 0)
            record.unnamed.erase(item);
    }
    drop_if_empty(owner);
    return true;
}

bool topic_table_t::route(peer_key_t owner, std::string_view topic, ownership_t *changes)
{
    claim_t &held = claim(_owners[owner], owner, topic, changes);
    return !std::exchange(held.routed, true);
}

void topic_table_t::remove_owner(peer_key_t owner, ownership_t *changes)
{
    remove_owner(owner, static_cast<std::size_t>(-1), changes);
}

bool topic_table_t::remove_owner(peer_key_t owner, std::size_t most, ownership_t *changes)
{
    const auto found = _owners.find(owner);
    if (found == _owners.end())
        return true;
    owner_t &record = found->second;
    for (std::unordered_set<item_t *> *topics : {&record.unnamed, &record.topics}) {
        for (; most > 0 && !topics->empty(); --most) {
            drop_claim(**topics->begin(), owner, changes);
            topics->erase(topics->begin());
        }
    }
    const bool done = record.size() == 0;
    drop_if_empty(owner);
    return done;
}

std::size_t topic_table_t::count_of(peer_key_t owner) const
{
    const auto found = _owners.find(owner);
    return found == _owners.end() ? 0 : found->second.size();
}

std::vector<std::string> topic_table_t::topics_of(peer_key_t owner) const
{
    std::vector<std::string> names;
    const auto found = _owners.find(owner);
    if (found == _owners.end())
        return names;
    names.reserve(found->second.size());
    for (const auto *topics : {&found->second.topics, &found->second.unnamed})
        for (const item_t *item : *topics)
            names.push_back(item->name);
    std::sort(names.begin(), names.end());
    return names;
}

std::vector<peer_key_t> topic_table_t::owners(std::string_view topic) const
{
    std::vector<peer_key_t> keys;
    if (const item_t *item = _topics.find(topic)) {
        keys.reserve(item->value.claims.size());
        for (const claim_t &held : item->value.claims)
            keys.push_back(held.owner);
    }
    return keys;
}

std::vector<topic_entry_t> topic_table_t::list() const
{
    std::vector<topic_entry_t> entries;
    entries.reserve(_topics.size());
    for (const auto &[name, item] : _topics.items()) {
        topic_entry_t entry{item->name, item->value.local, {}};
        entry.owners.reserve(item->value.claims.size());
        for (const claim_t &held : item->value.claims)
            entry.owners.push_back(held.owner);
        entries.push_back(std::move(entry));
    }
    std::sort(entries.begin(), entries.end(), [](const auto &a, const auto &b) { return a.topic < b.topic; });
    return entries;
}

void topic_table_t::end(item_t *item)
{
    _topics.erase(item);
    ++_ended;
}

topic_table_t::claim_t *topic_table_t::find_claim(item_t &item, peer_key_t owner)
{
    const auto found = position(item.value.claims, owner);
    return found != item.value.claims.end() && found->owner == owner ? &*found : nullptr;
}

topic_table_t::claim_t &topic_table_t::claim(owner_t &record, peer_key_t owner, std::string_view topic,
                                             ownership_t *changes)
{
    item_t &item = *_topics.insert(topic).first;
    auto &claims = item.value.claims;
    const auto found = position(claims, owner);
    if (found != claims.end() && found->owner == owner) {
        if (!record.unnamed.empty()) {
            make_room(record.topics);
            record.topics.insert(record.unnamed.extract(&item));
        }
        return *found;
    }
    claim_t fresh;
    fresh.owner = owner;
    const std::size_t told = changes ? changes->size() : 0;
    try {
        if (changes)
            changes->push_back({true, item.name});
        make_room(record.topics);
        const auto at = found - claims.begin();
        claims.insert(found, fresh);
        try {
            record.topics.insert(&item);
        } catch (...) {
            claims.erase(claims.begin() + at);
            throw;
        }
        if (item.value.local)
            note_rival(owner, item.name);
        return claims[static_cast<std::size_t>(at)];
    } catch (...) {
        if (changes)
            changes->resize(told);
        drop_if_unclaimed(item);
        throw;
    }
}

void topic_table_t::note_rival(peer_key_t owner, const std::string &topic)
{
    constexpr std::size_t most = 1024;
    if (_rivals.size() < most)
        attempt([&] { _rivals.push_back({owner, topic}); }); // may be left out: rivals are only for the log
}

// Erases an item that was made for a claim for which there then was no memory.
void topic_table_t::drop_if_unclaimed(item_t &item)
{
    if (item.value.claims.empty() && !item.value.local)
        _topics.erase(&item);
}

// Throws std::bad_alloc; nothing has changed then.
void topic_table_t::drop_claim(item_t &item, peer_key_t owner, ownership_t *changes)
{
    if (changes)
        changes->push_back({false, item.name});
    auto &claims = item.value.claims;
    claims.erase(position(claims, owner));
    if (claims.empty() && !item.value.local)
        end(&item);
}

void topic_table_t::drop_if_empty(peer_key_t owner)
{
    const auto found = _owners.find(owner);
    if (found != _owners.end() && found->second.size() == 0)
        _owners.erase(found);
}
}
