// The other half of server_t: what plain ZeroMQ programs publish and subscribe to, and the relay to those who
// subscribed.
#include "spot/cluster/server.hpp"
#include "spot/wire/data.hpp"

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
    if (_publisher.sink().try_send(*outlet, parcel, true) == send_t::full)
        _publisher.sink().skip(*outlet, 1);
}

void server_t::take_subscribe(const std::string &id, bool delimiter, const wire::frame_views_t &frames)
{
    std::string_view name;
    if (!wire::decode_topic(frames, name)) {
        malformed(id);
        return;
    }
    const auto known = _clients.find(id);
    const bool full =
        known == _clients.end() ? clients_full() : known->second.topics.size() >= max_topics_per_client;
    if (full) {
        _counters.ignored.add(1);
        return;
    }
    const std::string topic(name);
    client_t &client = _clients[id];
    client.delimiter = delimiter;
    client.topics.insert(topic);
    std::unordered_set<std::string> &subscribers = _subscribers[topic];
    if (subscribers.empty()) {
        _relay.subscribe(wire::exact_filter(topic));
        _publisher.settle();
    }
    subscribers.insert(id);
}

void server_t::take_unsubscribe(const std::string &id, const wire::frame_views_t &frames)
{
    std::string_view name;
    if (!wire::decode_topic(frames, name)) {
        malformed(id);
        return;
    }
    const auto client = _clients.find(id);
    if (client == _clients.end() || client->second.topics.erase(std::string(name)) == 0)
        return;
    drop_topic(id, std::string(name));
    if (client->second.topics.empty() && client->second.node_id.empty())
        _clients.erase(client);
}

void server_t::drop_topic(const std::string &id, const std::string &topic)
{
    const auto found = _subscribers.find(topic);
    if (found == _subscribers.end())
        return;
    found->second.erase(id);
    if (!found->second.empty())
        return;
    _relay.unsubscribe(wire::exact_filter(topic));
    _subscribers.erase(found);
}

void server_t::process_relay()
{
    raw_message_t head;
    do {
        while (_relay.recv(head) == 0) {
            raw_message_t body;
            if (head.more())
                _relay.recv(body);
            wire::data_header_t header;
            if (!wire::parse_data(head.view(), header)) // the node's own frames are well-formed
                continue;
            const std::string topic(header.topic);
            if ((header.flags & wire::flag_batch) == 0) {
                relay_record(topic, header.flags & wire::flag_large ? body.view() : header.payload);
                continue;
            }
            for (std::string_view rest = header.payload; !rest.empty();)
                relay_record(topic, wire::next_record(rest));
        }
    } while ((_relay.events() & socket_t::readable) != 0);
}

void server_t::relay_record(const std::string &topic, std::string_view payload)
{
    const auto found = _subscribers.find(topic);
    if (found == _subscribers.end())
        return;
    const wire::frames_t frames = wire::encode_publish(topic, payload);
    // A copy: reply() forgets those that are gone.
    const std::vector<std::string> ids(found->second.begin(), found->second.end());
    for (const std::string &id : ids) {
        const auto client = _clients.find(id);
        if (client != _clients.end() && !reply(id, client->second.delimiter, frames))
            _counters.overflowed.add(1);
    }
}
}
