// The other half of server_t: what plain ZeroMQ programs publish and subscribe to.
#include <new>

#include "spot/base/no_memory.hpp"
#include "spot/cluster/server.hpp"

namespace spot
{
namespace
{
constexpr std::size_t max_topics_per_client = 10000;
}

void server_t::take_publish(const std::string &id, const wire::frame_views_t &frames)
{
    std::string_view topic, payload;
    if (!wire::decode_publish(frames, topic, payload)) {
        malformed(id);
        return;
    }
    const std::shared_ptr<outlet_t> outlet = _publisher.find(topic);
    if (!outlet) {
        _counters.ignored.add(1);
        return;
    }
    parcel_t parcel = outlet->pack(payload);
    parcel.relayed = true;
    // This thread never waits for room: whoever is full sees a gap.
    const send_t result = _publisher.sink().try_send(*outlet, parcel, true);
    if (result == send_t::full || result == send_t::no_memory)
        _publisher.sink().skip(*outlet, 1);
}

void server_t::take_subscribe(const std::string &id, bool delimiter, const wire::frame_views_t &frames,
                              millis_t now)
{
    std::string_view name;
    if (!wire::decode_topic(frames, name)) {
        malformed(id);
        return;
    }
    if (!place_for_program(id, now))
        return;
    client_t &client = _clients[id];
    caller_of(id)->addresses.insert(id);
    client.delimiter = delimiter;
    if (client.topics.size() >= max_topics_per_client) {
        _counters.ignored.add(1);
        return;
    }
    const std::string topic(name);
    if (client.topics.count(topic) != 0)
        return;
    // It is there when all of this is done: what throws is done again.
    relayed_topic_t &relayed = _subscribers[topic];
    if (relayed.subscribers.empty()) {
        _relay.subscribe(wire::exact_filter(topic));
        _publisher.settle();
    }
    relayed.subscribers.insert(id);
    const auto place = client.topics.insert(topic).first;
    // Only now: whoever counts a subscriber may rely on it.
    if (!attempt([&] { _state.plain_subscribed(topic, true); })) {
        client.topics.erase(place);
        throw std::bad_alloc();
    }
}

void server_t::take_unsubscribe(const std::string &id, const wire::frame_views_t &frames)
{
    std::string_view name;
    if (!wire::decode_topic(frames, name)) {
        malformed(id);
        return;
    }
    const auto client = _clients.find(id);
    const std::string topic(name);
    if (client == _clients.end() || client->second.topics.count(topic) == 0)
        return;
    drop_topic(id, topic);
    client->second.topics.erase(topic);
    if (client->second.topics.empty() && client->second.node_id.empty())
        forget(id);
}

void server_t::end_subscriptions(const std::string &id)
{
    client_t *const client = find_client(id);
    if (!client)
        return;
    for (auto &topics = client->topics; !topics.empty(); topics.erase(topics.begin()))
        drop_topic(id, *topics.begin());
}

void server_t::drop_topic(const std::string &id, const std::string &topic)
{
    const auto found = _subscribers.find(topic);
    if (found == _subscribers.end() || found->second.subscribers.count(id) == 0)
        return;
    const std::string filter = wire::exact_filter(topic);
    _state.plain_subscribed(topic, false);
    found->second.subscribers.erase(id);
    if (!found->second.subscribers.empty())
        return;
    attempt([&] { _relay.unsubscribe(filter); }); // or what comes is left out
    _subscribers.erase(found);
}
}
