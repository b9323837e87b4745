#include "spot/cluster/plain_peers.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "spot/wire/control.hpp"
#include "spot/wire/data.hpp"

namespace spot
{
std::shared_ptr<way_t> plain_peers_t::make_way(const peer_t &peer)
{
    auto deliver = [this, key = peer.key()](const std::string &topic, const std::string &payload) {
        peer_t *const to = _table.find(key);
        return to && to->node.send(wire::encode_publish(topic, payload));
    };
    auto lost = [this, counters = peer.counters](std::uint64_t count) {
        _counters.overflowed.add(count);
        counters->overflowed.add(count);
    };
    auto sink = std::make_shared<plain_sink_t>(_mailbox, std::move(deliver), std::move(lost),
                                               static_cast<std::uint64_t>(_options.send_hwm),
                                               _options.overflow == overflow_t::drop);
    return std::make_shared<plain_way_t>(std::move(sink), _own.source());
}

void plain_peers_t::update(peer_t &peer)
{
    for (const std::string &topic : _state.remote.topics_of(peer.key())) {
        peer_t::relayed_t &relayed = peer.relayed[topic];
        const bool wanted = _receivers.wants(topic);
        if (wanted == relayed.asked)
            continue;
        if (peer.node.send(wanted ? wire::encode_subscribe(topic) : wire::encode_unsubscribe(topic)))
            relayed.asked = wanted;
    }
}

void plain_peers_t::update_all()
{
    for (auto &[key, peer] : _table)
        if (peer->handshake.is_plain())
            update(*peer);
}

void plain_peers_t::connected(peer_t &peer)
{
    for (auto &[topic, relayed] : peer.relayed)
        relayed.asked = false;
}

bool plain_peers_t::take(peer_t &peer, std::string_view topic, std::string_view payload)
{
    const auto relayed = peer.relayed.find(std::string(topic));
    if (!peer.handshake.is_plain() || relayed == peer.relayed.end())
        return false;
    const wire::source_t source = peer.handshake.id().source();
    raw_message_t frame(wire::data_header_bytes(topic.size()) + payload.size());
    const std::string prefix = wire::data_prefix(topic, 0, source);
    std::copy(prefix.begin(), prefix.end(), frame.data());
    wire::stamp(frame.data(), topic.size(), 0, source, ++relayed->second.count);
    std::copy(payload.begin(), payload.end(), frame.data() + wire::data_header_bytes(topic.size()));
    _receivers.inject(topic, std::move(frame));
    return true;
}
}
