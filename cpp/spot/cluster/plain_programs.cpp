#include "spot/cluster/plain_programs.hpp"

#include <memory>
#include <new>

#include "spot/base/no_memory.hpp"

namespace spot
{
namespace
{
constexpr std::size_t max_topics_per_client = 10000;
}

bool plain_programs_t::take_publish(const wire::frame_views_t &frames)
{
    std::string_view topic, payload;
    if (!wire::decode_publish(frames, topic, payload))
        return false;
    const std::shared_ptr<outlet_t> outlet = _publisher.find(topic);
    if (!outlet) {
        _counters.ignored.add(1);
        return true;
    }
    parcel_t parcel = outlet->pack(payload);
    parcel.relayed = true;
    // The service thread never waits for room: a subscriber that is full sees a gap.
    const send_t result = _publisher.sink().try_send(*outlet, parcel, true);
    if (result == send_t::full || result == send_t::no_memory)
        _publisher.sink().skip(*outlet, 1);
    return true;
}

bool plain_programs_t::take_subscribe(const std::string &address, bool delimiter,
                                      const wire::frame_views_t &frames, millis_t now)
{
    std::string_view name;
    if (!wire::decode_topic(frames, name))
        return false;
    if (!_places.place_for_program(address, now))
        return true;
    client_t &client = _clients.at(address);
    _callers.of(address)->addresses.insert(address);
    client.delimiter = delimiter;
    if (client.topics.size() >= max_topics_per_client) {
        _counters.ignored.add(1);
        return true;
    }
    const std::string topic(name);
    if (client.topics.count(topic) != 0)
        return true;
    // The client has the topic when all of this is done: the message is handled again when any of it throws.
    _relay.add(topic, address);
    const auto place = client.topics.insert(topic).first;
    if (!attempt([&] { _subscribers.program_subscribed(topic, true); })) {
        client.topics.erase(place);
        throw std::bad_alloc();
    }
    return true;
}

bool plain_programs_t::take_unsubscribe(const std::string &address, const wire::frame_views_t &frames)
{
    std::string_view name;
    if (!wire::decode_topic(frames, name))
        return false;
    client_t *const client = _clients.find(address);
    const std::string topic(name);
    if (!client || client->topics.count(topic) == 0)
        return true;
    end_subscription(address, topic);
    client->topics.erase(topic);
    if (client->topics.empty() && !client->is_node())
        forget(address);
    return true;
}

void plain_programs_t::end_subscriptions(const std::string &address)
{
    client_t *const client = _clients.find(address);
    if (!client)
        return;
    for (auto &topics = client->topics; !topics.empty(); topics.erase(topics.begin()))
        end_subscription(address, *topics.begin());
}

// The count goes first: when that throws nothing has changed, and the rest does not throw.
void plain_programs_t::end_subscription(const std::string &address, const std::string &topic)
{
    if (!_relay.has(topic, address))
        return;
    _subscribers.program_subscribed(topic, false);
    _relay.remove(topic, address);
}
}
