// The other half of peers_t: who a peer is, and the connections that follow from it.
#include <algorithm>
#include <utility>

#include "spot/cluster/peers.hpp"
#include "spot/wire/data.hpp"

namespace spot
{
// --- identities and data connections -------------------------------------------------------------------

void peers_t::adopt_identity(spot_node_t &node, const wire::hello_t &hello)
{
    spot_node_t::handshake_t &shake = node.handshake;
    shake.plain = false;
    shake.node_id = hello.node_id;
    shake.name = hello.name;
    shake.control_endpoint = hello.control_endpoint;
    index(hello.node_id, node);
    shake.data_endpoint =
        connect_data(hello.node_id, reachable_endpoint(hello.data_endpoint, node.endpoint()));
    const std::string ingress = reachable_endpoint(hello.ingress_endpoint, node.endpoint());
    if (ingress.empty())
        return;
    auto link = std::make_shared<link_t>();
    link_options_t options;
    options.send_hwm = _options.send_hwm;
    options.linger_ms = _options.linger_ms;
    options.block = _options.overflow == overflow_t::block;
    options.flusher = _publisher.flusher();
    if (link->open(_ctx, options, ingress, _node_id) == 0)
        shake.way = std::move(link);
}

// A plain peer has no id, so one is drawn for it: its messages are told apart like any others.
void peers_t::adopt_plain(spot_node_t &node)
{
    spot_node_t::handshake_t &shake = node.handshake;
    if (!shake.node_id.empty())
        drop_identity(node, true);
    shake.plain = true;
    shake.node_id = wire::node_id_t::random();
    _log.debug("peer ", quoted(node.spelled()), " is a plain one: it answered QUERY, not HELLO");
    _receiver.add_source(shake.node_id);
    auto deliver = [this, key = node.key()](const std::string &topic, const std::string &payload) {
        spot_node_t *peer = find(key);
        if (!peer || !peer->send(wire::encode_publish(topic, payload)))
            _counters.overflowed.add(1);
    };
    auto sink = std::make_shared<plain_sink_t>(_mailbox, std::move(deliver),
                                               static_cast<std::uint64_t>(_options.send_hwm),
                                               _options.overflow == overflow_t::drop);
    shake.way = std::make_shared<plain_way_t>(std::move(sink), _node_id.source());
    publish_record(node);
}

void peers_t::drop_identity(spot_node_t &node, bool drain)
{
    spot_node_t::handshake_t &shake = node.handshake;
    if (shake.fence_counter != 0)
        end_fence(std::exchange(shake.fence_counter, 0));
    shake.fenced = false;
    if (shake.way)
        shake.way->close();
    shake.way.reset();
    const wire::node_id_t id = std::exchange(shake.node_id, {});
    if (id.empty())
        return;
    _operations.node_gone(id);
    unindex(id, node);
    if (!shake.plain) {
        release_data(id, drain);
        return;
    }
    if (!drain)
        _receiver.purge_source(id);
    _receiver.remove_source(id);
    shake.plain = false;
}

std::string peers_t::connect_data(const wire::node_id_t &id, const std::string &endpoint)
{
    data_connection_t &connection = _data[id];
    if (connection.users++ > 0)
        return connection.endpoint;
    _receiver.add_source(id);
    connection.endpoint = endpoint;
    if (endpoint.empty())
        return endpoint;
    // A node restarted with a fixed data endpoint: libzmq has that connection already, or makes it again.
    const auto same = [&](const retiring_t &entry) { return entry.endpoint == endpoint; };
    if (const auto old = std::find_if(_retiring.begin(), _retiring.end(), same); old != _retiring.end()) {
        const retiring_t entry = *old;
        _retiring.erase(old);
        finish_retiring(entry);
    }
    _receiver.connect(endpoint);
    return endpoint;
}

void peers_t::release_data(const wire::node_id_t &id, bool drain)
{
    const auto found = _data.find(id);
    if (found == _data.end() || --found->second.users > 0)
        return;
    const std::string endpoint = found->second.endpoint;
    _data.erase(found);
    if (drain) {
        // What it sent may still be on its way: the connection's end is waited for.
        _retiring.push_back({endpoint, id, deadline_t(2 * _options.heartbeat_ms)});
        return;
    }
    if (!endpoint.empty())
        _receiver.disconnect(endpoint);
    _receiver.remove_source(id);
    _receiver.purge_source(id);
}

void peers_t::finish_retiring(const retiring_t &entry)
{
    if (!entry.endpoint.empty())
        _receiver.retire(entry.endpoint);
    _receiver.remove_source(entry.node_id);
}

void peers_t::data_connected(const std::string &endpoint)
{
    _log.debug("data connection to ", quoted(endpoint), " made");
    // Filters are replayed by whoever touches the socket next.
    _receiver.touch();
    for (auto &[key, node] : _nodes) {
        spot_node_t::handshake_t &shake = node->handshake;
        const bool meant = shake.data_endpoint == endpoint || _data.size() == 1;
        if (meant && shake.fenced && !shake.data_endpoint.empty() && shake.welcomed)
            fence_again(*node);
    }
}

void peers_t::data_disconnected(const std::string &endpoint)
{
    _log.debug("data connection to ", quoted(endpoint), " ended");
    const auto same = [&](const retiring_t &entry) { return entry.endpoint == endpoint; };
    const auto found = std::find_if(_retiring.begin(), _retiring.end(), same);
    if (found != _retiring.end()) {
        const retiring_t entry = *found;
        _retiring.erase(found);
        return finish_retiring(entry);
    }
    // libzmq connects again, but for one case: it gives a connection up that broke a rule (a message beyond
    // the limit). A fence without an answer finds that out.
    for (auto &[key, node] : _nodes)
        if (node->handshake.data_endpoint == endpoint && node->handshake.fenced && node->handshake.welcomed)
            fence_again(*node);
}

// --- plain peers ---------------------------------------------------------------------------------------

void peers_t::on_publish(spot_node_t &node, std::string_view topic, std::string_view payload)
{
    const auto relayed = node.relayed.find(std::string(topic));
    if (!node.handshake.plain || relayed == node.relayed.end())
        return on_ignored();
    const wire::source_t source = node.handshake.node_id.source();
    raw_message_t frame(wire::data_header_bytes(topic.size()) + payload.size());
    const std::string prefix = wire::data_prefix(topic, 0, source);
    std::copy(prefix.begin(), prefix.end(), frame.data());
    wire::stamp(frame.data(), topic.size(), 0, source, ++relayed->second.count);
    std::copy(payload.begin(), payload.end(), frame.data() + wire::data_header_bytes(topic.size()));
    _receiver.inject(std::move(frame));
}
}
