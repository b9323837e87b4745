// The other half of shared_state_t: subscribers, and what those who watch the node are told.
#include <memory>
#include <utility>

#include "spot/cluster/shared_state.hpp"

namespace spot
{
namespace
{
using changes_t = std::vector<registry::subscriber_table_t::change_t>;

std::string hex_of(const wire::node_id_t &id)
{
    return id.empty() ? std::string() : id.hex();
}

// The node itself under another name is not a peer.
bool counts_as_up(const peer_record_t &peer)
{
    return peer.state == peer_state_t::up && !peer.self;
}

event_t topic_event(bool added, std::string topic, const std::string &peer, std::string node_id)
{
    event_t event;
    event.kind = added ? event_kind_t::topic_added : event_kind_t::topic_removed;
    event.topic = std::move(topic);
    event.peer = peer;
    event.node_id = std::move(node_id);
    return event;
}

event_t peer_event(event_kind_t kind, const peer_record_t &peer)
{
    event_t event;
    event.kind = kind;
    event.peer = peer.endpoint;
    event.node_id = hex_of(peer.node_id);
    return event;
}

event_t count_event(std::string_view topic, std::size_t count, const wire::node_id_t &node_id)
{
    event_t event;
    event.kind = event_kind_t::subscribers_changed;
    event.topic = std::string(topic);
    event.node_id = node_id.hex();
    event.count = count;
    return event;
}
}

// --- subscribers ---------------------------------------------------------------------------------------

bool shared_state_t::set_subscriber(const wire::node_id_t &node, std::uint32_t receiver,
                                    std::vector<std::string> names)
{
    // Made, and its predecessor ended, without the lock: it may be long.
    auto list = std::make_shared<const registry::subscriber_list_t>(std::move(names));
    registry::subscriber_table_t::change_t change;
    wake_t wake;
    const write_lock_t lock(_mutex);
    if (!_subscribers.replace(node, receiver, std::move(list), change))
        return false;
    tell([&]() SPOT_REQUIRES(_mutex) { tell_subscribers({change}, wake); });
    return true;
}

std::vector<shared_state_t::subscriber_t> shared_state_t::subscriber_lists() const
{
    std::vector<subscriber_t> lists;
    const read_lock_t lock(_mutex);
    lists.reserve(_subscribers.receivers());
    _subscribers.each([&](const wire::node_id_t &node, std::uint32_t receiver,
                          const registry::subscriber_table_t::list_ref &list) {
        lists.push_back({node, receiver, list});
    });
    return lists;
}

void shared_state_t::forget_subscribers(const wire::node_id_t &node)
{
    changes_t changes; // ends last: it may hold the last of long lists
    wake_t wake;
    const write_lock_t lock(_mutex);
    const std::string id = node.hex();
    changes = _subscribers.forget(node);
    _served.erase(id);
    tell([&]() SPOT_REQUIRES(_mutex) { tell_subscribers(changes, wake); });
}

std::size_t shared_state_t::count_subscribers(std::string_view topic) const
{
    std::shared_ptr<const registry::subscriber_table_t::lists_t> lists;
    std::size_t named = 0;
    {
        const read_lock_t lock(_mutex);
        named = named_subscribers(topic);
        lists = _subscribers.with_patterns();
    }
    return named + registry::subscriber_table_t::count(*lists, topic);
}

std::size_t shared_state_t::named_subscribers(std::string_view topic) const
{
    const auto *const plain = _plain.find(topic);
    return _subscribers.named(topic) + (plain ? plain->value : 0);
}

std::size_t shared_state_t::subscribers_of(std::string_view topic) const
{
    return named_subscribers(topic) +
           registry::subscriber_table_t::count(*_subscribers.with_patterns(), topic);
}

void shared_state_t::plain_subscribed(const std::string &topic, bool added)
{
    wake_t wake;
    const write_lock_t lock(_mutex);
    if (added) {
        ++_plain.insert(topic).first->value;
    } else if (auto *const known = _plain.find(topic); known && --known->value == 0) {
        _plain.erase(known);
    }
    tell([&]() SPOT_REQUIRES(_mutex) {
        if (_topics.is_local(topic))
            _events.tell(count_event(topic, subscribers_of(topic), _node_id), wake);
    });
}

void shared_state_t::serve(const wire::node_id_t &node)
{
    const write_lock_t lock(_mutex);
    _served.insert(node.hex());
}

std::vector<std::string> shared_state_t::served() const
{
    const read_lock_t lock(_mutex);
    return {_served.begin(), _served.end()};
}

// Nobody is there to read what a node that is DOWN subscribes to; it may come back as it was.
void shared_state_t::count_while_not_down(const peer_record_t &before, const peer_record_t &after,
                                          wake_t &wake)
{
    const auto is_down = [](const peer_record_t &peer) {
        return peer.state == peer_state_t::down && !peer.node_id.empty();
    };
    const bool same = before.node_id == after.node_id;
    if (is_down(before) && !(is_down(after) && same))
        tell_changes(_subscribers.resume(before.node_id), wake);
    if (is_down(after) && !(is_down(before) && same))
        tell_changes(_subscribers.suspend(after.node_id), wake);
}

void shared_state_t::tell_changes(const changes_t &changes, wake_t &wake)
{
    tell([&]() SPOT_REQUIRES(_mutex) { tell_subscribers(changes, wake); });
}

void shared_state_t::tell_subscribers(const changes_t &changes, wake_t &wake)
{
    for (const registry::subscriber_table_t::change_t &change : changes)
        change.each(_topics.locals(), [&](std::string_view topic) SPOT_REQUIRES(_mutex) {
            _events.tell(count_event(topic, subscribers_of(topic), _node_id), wake);
        });
}

void shared_state_t::tell_losses(const std::string &peer, const wire::node_id_t &owner,
                                 const std::vector<wire::loss_entry_t> &topics)
{
    wake_t wake;
    tell([&] {
        for (const wire::loss_entry_t &loss : topics) {
            event_t event;
            event.kind = event_kind_t::lost;
            event.topic = loss.topic;
            event.peer = peer;
            event.node_id = hex_of(owner);
            event.count = loss.count;
            _events.tell(event, wake);
        }
    });
}

// --- events --------------------------------------------------------------------------------------------

// Under the lock that every change needs: nothing falls between what a queue begins with and the first
// change.
std::shared_ptr<event_queue_t> shared_state_t::watch()
{
    const read_lock_t lock(_mutex);
    return _events.watch(current_events());
}

std::vector<event_t> shared_state_t::current_events() const
{
    std::vector<event_t> events;
    const std::string own_id = _node_id.hex();
    for (const std::string_view topic : _topics.locals()) {
        events.push_back(topic_event(true, std::string(topic), {}, own_id));
        if (const std::size_t count = subscribers_of(topic); count > 0)
            events.push_back(count_event(topic, count, _node_id));
    }
    for (const auto &[key, peer] : _peers)
        for (std::string &topic : _topics.topics_of(key))
            events.push_back(topic_event(true, std::move(topic), peer.endpoint, hex_of(peer.node_id)));
    for (const auto &[key, peer] : _peers)
        if (counts_as_up(peer))
            events.push_back(peer_event(event_kind_t::peer_up, peer));
    return events;
}

void shared_state_t::tell_local(bool added, std::string_view topic, wake_t &wake)
{
    _events.tell(topic_event(added, std::string(topic), {}, _node_id.hex()), wake);
    const std::size_t count = added ? subscribers_of(topic) : 0;
    if (count > 0)
        _events.tell(count_event(topic, count, _node_id), wake);
}

void shared_state_t::tell_owned(peer_key_t peer, const registry::ownership_t &changes, wake_t &wake)
{
    const auto found = _peers.find(peer);
    if (changes.empty() || found == _peers.end())
        return;
    const std::string id = hex_of(found->second.node_id);
    for (const wire::topic_change_t &change : changes)
        _events.tell(topic_event(change.added, change.topic, found->second.endpoint, id), wake);
}

void shared_state_t::tell_peer(const peer_record_t &before, const peer_record_t &after, wake_t &wake)
{
    const bool was_up = counts_as_up(before), is_up = counts_as_up(after);
    const bool another = before.node_id != after.node_id;
    if (was_up && (!is_up || another))
        _events.tell(peer_event(event_kind_t::peer_down, before), wake);
    if (is_up && (!was_up || another))
        _events.tell(peer_event(event_kind_t::peer_up, after), wake);
}

// A peer that is known by another endpoint from now on: what was told of it under the old name ends.
void shared_state_t::tell_renamed(peer_key_t peer, const peer_record_t &before, const peer_record_t &after,
                                  wake_t &wake)
{
    const std::vector<std::string> topics = _topics.topics_of(peer);
    for (const std::string &topic : topics)
        _events.tell(topic_event(false, topic, before.endpoint, hex_of(before.node_id)), wake);
    tell_peer(before, peer_record_t(), wake);
    for (const std::string &topic : topics)
        _events.tell(topic_event(true, topic, after.endpoint, hex_of(after.node_id)), wake);
    tell_peer(peer_record_t(), after, wake);
}
}
