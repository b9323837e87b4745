#include "spot/cluster/tell_watchers.hpp"

#include <string>
#include <utility>

namespace spot
{
namespace
{
using wake_t = event_hub_t::wake_t;

std::string hex_or_empty(const wire::node_id_t &id)
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
    event.node_id = hex_or_empty(peer.node_id);
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

std::vector<event_t> current_events(const node_records_t &records)
{
    std::vector<event_t> events;
    const std::string own_id = records.node_id.hex();
    for (const std::string_view topic : records.topics.locals()) {
        events.push_back(topic_event(true, std::string(topic), {}, own_id));
        if (const std::size_t count = records.subscribers.all(topic); count > 0)
            events.push_back(count_event(topic, count, records.node_id));
    }
    for (const auto &[key, peer] : records.peers)
        for (std::string &topic : records.topics.topics_of(key))
            events.push_back(topic_event(true, std::move(topic), peer.endpoint, hex_or_empty(peer.node_id)));
    for (const auto &[key, peer] : records.peers)
        if (counts_as_up(peer))
            events.push_back(peer_event(event_kind_t::peer_up, peer));
    return events;
}

void tell_local(node_records_t &records, bool added, std::string_view topic, wake_t &wake)
{
    records.watchers.tell(topic_event(added, std::string(topic), {}, records.node_id.hex()), wake);
    const std::size_t count = added ? records.subscribers.all(topic) : 0;
    if (count > 0)
        records.watchers.tell(count_event(topic, count, records.node_id), wake);
}

void tell_owned(node_records_t &records, peer_key_t peer, const registry::ownership_t &changes, wake_t &wake)
{
    const auto found = records.peers.find(peer);
    if (changes.empty() || found == records.peers.end())
        return;
    const std::string id = hex_or_empty(found->second.node_id);
    for (const wire::topic_change_t &change : changes)
        records.watchers.tell(topic_event(change.added, change.topic, found->second.endpoint, id), wake);
}

void tell_peer(node_records_t &records, const peer_record_t &before, const peer_record_t &after, wake_t &wake)
{
    const bool was_up = counts_as_up(before), is_up = counts_as_up(after);
    const bool another = before.node_id != after.node_id;
    if (was_up && (!is_up || another))
        records.watchers.tell(peer_event(event_kind_t::peer_down, before), wake);
    if (is_up && (!was_up || another))
        records.watchers.tell(peer_event(event_kind_t::peer_up, after), wake);
}

void tell_renamed(node_records_t &records, peer_key_t peer, const peer_record_t &before,
                  const peer_record_t &after, wake_t &wake)
{
    const std::vector<std::string> topics = records.topics.topics_of(peer);
    for (const std::string &topic : topics)
        records.watchers.tell(topic_event(false, topic, before.endpoint, hex_or_empty(before.node_id)), wake);
    tell_peer(records, before, peer_record_t(), wake);
    for (const std::string &topic : topics)
        records.watchers.tell(topic_event(true, topic, after.endpoint, hex_or_empty(after.node_id)), wake);
    tell_peer(records, peer_record_t(), after, wake);
}

void tell_count(node_records_t &records, std::string_view topic, wake_t &wake)
{
    records.watchers.tell(count_event(topic, records.subscribers.all(topic), records.node_id), wake);
}

void tell_counts(node_records_t &records, const subscriber_changes_t &changes, wake_t &wake)
{
    for (const registry::subscriber_table_t::change_t &change : changes)
        change.each(records.topics.locals(), [&](std::string_view topic) SPOT_REQUIRES(records.mutex) {
            tell_count(records, topic, wake);
        });
}
}
