#include "spot/cluster/peers.hpp"

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <utility>

#include "spot/base/errors.hpp"

namespace spot
{
namespace
{
// Without an answer to a fence for this long, the data connection is made anew.
constexpr millis_t fence_retry_ms = 1000;
// So long after the last attempt a connection is begun anew.
constexpr millis_t stuck_connection_ms = 3000;
}

peers_t::peers_t(std::shared_ptr<ctx_state_t> ctx, const options_t &options, const wire::node_id_t &node_id,
                 shared_state_t &state, receiver_t &receiver, operations_t &operations,
                 std::shared_ptr<mailbox_t> mailbox, server_counters_t &counters,
                 const publisher_t &publisher)
    : _ctx(std::move(ctx)), _options(options), _node_id(node_id), _state(state), _receiver(receiver),
      _operations(operations), _mailbox(std::move(mailbox)), _counters(counters), _publisher(publisher)
{
}

void peers_t::set_hello(wire::hello_t hello)
{
    _hello = std::move(hello);
    for (auto &[key, node] : _nodes)
        node->greet(now_ms(), _hello);
}

spot_node_t *peers_t::add(const std::string &spelled, const endpoint_t &endpoint,
                          const wire::node_id_t &expected)
{
    if (find(endpoint)) {
        errno = EEXIST;
        return nullptr;
    }
    if (_nodes.size() >= _options.max_peers && (!expected.empty() || !make_room())) {
        errno = ENOBUFS;
        return nullptr;
    }
    node_options_t options;
    options.linger_ms = _options.linger_ms;
    options.heartbeat_ms = _options.heartbeat_ms;
    options.max_topics = _options.max_topics_per_peer;
    options.max_peers = _options.max_peers;
    auto node = std::make_unique<spot_node_t>(_next_key, spelled, endpoint, options);
    if (node->open(_ctx) != 0)
        return nullptr;
    spot_node_t *added = node.get();
    if (!expected.empty()) {
        added->origin.learned = added->origin.was_learned = true;
        added->origin.expected = expected;
        added->origin.last_seen = now_ms();
        index(expected, *added);
    }
    _by_endpoint.emplace(endpoint.text(), _next_key);
    _nodes.emplace(_next_key++, std::move(node));
    publish_record(*added);
    return added;
}

spot_node_t *peers_t::find(const endpoint_t &endpoint)
{
    const auto found = _by_endpoint.find(endpoint.text());
    return found == _by_endpoint.end() ? nullptr : find(found->second);
}

spot_node_t *peers_t::find(peer_key_t key)
{
    const auto found = _nodes.find(key);
    return found == _nodes.end() ? nullptr : found->second.get();
}

spot_node_t *peers_t::find(const wire::node_id_t &id)
{
    const auto found = _by_id.find(id);
    return found == _by_id.end() ? nullptr : find(found->second);
}

void peers_t::index(const wire::node_id_t &id, const spot_node_t &node)
{
    _by_id.emplace(id, node.key());
}

void peers_t::unindex(const wire::node_id_t &id, const spot_node_t &node)
{
    const auto [first, last] = _by_id.equal_range(id);
    const auto found =
        std::find_if(first, last, [&](const auto &entry) { return entry.second == node.key(); });
    if (found != last)
        _by_id.erase(found);
}

// What the user adds matters more than what was learned and is not there.
bool peers_t::make_room()
{
    for (auto &[key, node] : _nodes) {
        if (node->origin.learned && node->handshake.state != peer_state_t::up) {
            remove(*node);
            return true;
        }
    }
    return false;
}

void peers_t::remove(spot_node_t &node, bool drain)
{
    const peer_key_t key = node.key();
    _state.remove_peer(key);
    drop_identity(node, drain);
    unindex(node.origin.expected, node);
    _by_endpoint.erase(node.endpoint().text());
    _nodes.erase(key);
    _operations.peer_removed(key);
}

void peers_t::dismiss(spot_node_t &node)
{
    if (!std::exchange(node.origin.leaving, true))
        _leaving.push_back(node.key());
}

void peers_t::sweep()
{
    for (const peer_key_t key : std::exchange(_leaving, {}))
        if (spot_node_t *node = find(key))
            remove(*node, true);
}

void peers_t::close()
{
    for (auto &[key, node] : _nodes) {
        node->send(wire::encode_bye());
        if (node->handshake.way)
            node->handshake.way->close();
    }
    _nodes.clear();
}

// --- fences --------------------------------------------------------------------------------------------

std::uint64_t peers_t::begin_fence()
{
    const std::uint64_t counter = _next_counter++;
    _receiver.subscribe_token({_node_id, counter});
    return counter;
}

void peers_t::end_fence(std::uint64_t counter)
{
    _receiver.unsubscribe_token({_node_id, counter});
}

std::vector<operations_t::awaited_t> peers_t::awaited()
{
    std::vector<operations_t::awaited_t> list;
    for (auto &[key, node] : _nodes) {
        const spot_node_t::handshake_t &shake = node->handshake;
        if (shake.plain || shake.self || shake.node_id.empty() || shake.data_endpoint.empty() ||
            shake.state == peer_state_t::down)
            continue;
        list.push_back({shake.node_id, node->spelled(), shake.state == peer_state_t::up});
    }
    return list;
}

void peers_t::on_fence(spot_node_t &node, const wire::token_t &token)
{
    if (token.subscriber != _node_id || node.handshake.node_id.empty())
        return on_ignored();
    const wire::node_id_t id = node.handshake.node_id;
    _operations.fenced(id, token.counter);
    for (auto &[key, other] : _nodes) {
        spot_node_t::handshake_t &shake = other->handshake;
        if (shake.node_id != id || shake.fence_counter != token.counter)
            continue;
        shake.fence_counter = 0;
        shake.fenced = true;
        end_fence(token.counter);
        try_up(*other);
    }
}

void peers_t::fence_again(spot_node_t &node)
{
    spot_node_t::handshake_t &shake = node.handshake;
    if (shake.fence_counter != 0)
        end_fence(shake.fence_counter);
    shake.fenced = shake.data_endpoint.empty();
    shake.fence_counter = shake.fenced ? 0 : begin_fence();
    shake.fence_since = now_ms();
}

// --- the handshake -------------------------------------------------------------------------------------

void peers_t::on_connected(spot_node_t &node)
{
    spot_node_t::handshake_t &shake = node.handshake;
    shake.welcomed = shake.listed = false;
    if (std::exchange(shake.was_connected, true))
        _reconnects.add(1);
    for (auto &[topic, relayed] : node.relayed)
        relayed.asked = false;
    // In this order: whoever answers QUERY before HELLO is a plain peer.
    node.greet(now_ms(), _hello);
    if (node.query())
        _operations.asked_anew(node.key());
}

void peers_t::on_disconnected(spot_node_t &node)
{
    _operations.connection_lost(node.key());
    if (node.handshake.state != peer_state_t::up)
        return;
    node.handshake.state = peer_state_t::connecting;
    publish_record(node);
}

void peers_t::on_welcome(spot_node_t &node, const wire::hello_t &hello)
{
    spot_node_t::handshake_t &shake = node.handshake;
    const bool first = !std::exchange(shake.welcomed, true);
    if (node.origin.leaving)
        return;
    unindex(node.origin.expected, node);
    const wire::node_id_t expected = std::exchange(node.origin.expected, {});
    if (!expected.empty() && expected != hello.node_id)
        _membership->on_misnamed(node, expected);
    if (hello.node_id == _node_id) {
        shake.self = true;
        if (node.origin.learned || node.origin.seed) {
            _operations.was_self(node.key());
            return dismiss(node);
        }
        try_up(node);
        return;
    }
    const bool renewed = shake.node_id != hello.node_id;
    if (renewed && leads_nowhere_new(node, hello.node_id))
        return dismiss(node);
    if (renewed) {
        if (!shake.node_id.empty())
            drop_identity(node, true);
        adopt_identity(node, hello);
    }
    if (renewed || first || shake.state == peer_state_t::down)
        begin_handshake(node);
}

// A learned peer turned out to be one that is connected under another name.
bool peers_t::leads_nowhere_new(spot_node_t &node, const wire::node_id_t &id)
{
    if (!node.origin.learned)
        return false;
    const auto [first, last] = _by_id.equal_range(id);
    return std::any_of(first, last, [&](const auto &entry) {
        const spot_node_t *other = find(entry.second);
        return other && other != &node && other->connected() && other->handshake.welcomed &&
               !other->origin.leaving;
    });
}

// Once this one can take their place.
void peers_t::dismiss_second_links(const spot_node_t &node)
{
    const auto [first, last] = _by_id.equal_range(node.handshake.node_id);
    for (auto entry = first; entry != last; ++entry) {
        spot_node_t *other = find(entry->second);
        if (other && other != &node && other->origin.learned)
            dismiss(*other);
    }
}

void peers_t::begin_handshake(spot_node_t &node)
{
    spot_node_t::handshake_t &shake = node.handshake;
    if (shake.state == peer_state_t::down) { // it fell silent and spoke again on the same connection
        shake.state = peer_state_t::connecting;
        shake.listed = false;
        node.query();
    }
    fence_again(node);
    publish_record(node);
    try_up(node);
}

void peers_t::on_topics(spot_node_t &node, const std::vector<std::string> &topics)
{
    spot_node_t::handshake_t &shake = node.handshake;
    // Nodes tell of nodes: a learned peer that is a plain one was named by mistake.
    if (shake.node_id.empty() && !shake.self && node.origin.learned) {
        _membership->on_misnamed(node, node.origin.expected);
        return dismiss(node);
    }
    if (!shake.welcomed && !shake.plain)
        adopt_plain(node);
    shake.listed = true;
    if (!shake.self)
        _state.replace_topics(node.key(), topics);
    if (shake.plain)
        update_relayed(node);
    try_up(node);
    _operations.answered(node.key(), node.answers());
    if (shake.state == peer_state_t::up)
        _operations.settled(node.key());
}

void peers_t::try_up(spot_node_t &node)
{
    spot_node_t::handshake_t &shake = node.handshake;
    const bool ready = shake.self || (shake.listed && (shake.plain || (shake.welcomed && shake.fenced)));
    if (!ready || !node.connected() || shake.state == peer_state_t::up)
        return;
    shake.state = peer_state_t::up;
    publish_record(node);
    _operations.settled(node.key());
    if (shake.plain || shake.self)
        return;
    dismiss_second_links(node);
    _membership->on_up(node);
}

void peers_t::mark_down(spot_node_t &node)
{
    node.handshake.state = peer_state_t::down;
    publish_record(node);
    _operations.node_gone(node.handshake.node_id);
}

void peers_t::on_bye(spot_node_t &node)
{
    if (node.handshake.node_id.empty() || node.handshake.plain)
        return;
    node.send(wire::encode_bye()); // the leaver waits for it, so that its own is not cut off
    _membership->on_left(node.handshake.node_id);
    _state.replace_topics(node.key(), {});
    mark_down(node);
    drop_identity(node, true);
    publish_record(node);
    if (node.origin.learned)
        dismiss(node);
}

void peers_t::on_peers(spot_node_t &node, const std::vector<wire::peer_entry_t> &peers)
{
    // Whoever was not welcomed is nobody yet.
    if (!_options.gossip || !node.handshake.welcomed || node.handshake.self || node.origin.leaving)
        return on_ignored();
    _membership->on_peers(node, peers);
}

// --- bookkeeping ---------------------------------------------------------------------------------------

void peers_t::on_lost(spot_node_t &, const std::vector<wire::loss_entry_t> &losses)
{
    for (const wire::loss_entry_t &loss : losses)
        _counters.overflowed.add(loss.count);
}

void peers_t::report_losses()
{
    for (const receiver_t::loss_t &loss : _receiver.take_losses()) {
        for (auto &[key, node] : _nodes) {
            if (node->handshake.node_id == loss.owner && !node->handshake.plain) {
                node->send(wire::encode_lost(loss.topics));
                break;
            }
        }
    }
}

void peers_t::publish_record(const spot_node_t &node)
{
    peer_record_t record;
    record.endpoint = node.spelled();
    record.node_id = node.handshake.node_id;
    record.name = node.handshake.name;
    record.state = node.handshake.state;
    record.self = node.handshake.self;
    record.way = node.handshake.way;
    _state.put_peer(node.key(), std::move(record));
}

void peers_t::tick(millis_t now)
{
    for (auto &[key, node] : _nodes)
        tick_node(*node, now);
    std::vector<retiring_t> ended;
    const auto kept = std::partition(_retiring.begin(), _retiring.end(),
                                     [now](const retiring_t &entry) { return !entry.until.passed(now); });
    std::move(kept, _retiring.end(), std::back_inserter(ended));
    _retiring.erase(kept, _retiring.end());
    for (const retiring_t &entry : ended)
        finish_retiring(entry);
}

void peers_t::tick_node(spot_node_t &node, millis_t now)
{
    spot_node_t::handshake_t &shake = node.handshake;
    // inproc has no reconnection of its own, and libzmq gives up on who broke a rule of ZMTP: another program
    // may be at that endpoint by now.
    const bool inproc = node.endpoint().scheme == scheme_t::inproc;
    if (!node.connected() && node.retry_due(now, inproc ? 0 : stuck_connection_ms))
        node.retry(now);
    // A plain peer owes no answer to HELLO: it is down when its connection is.
    if (!shake.plain && node.liveness().must_greet(now))
        node.greet(now, _hello);
    if (shake.state != peer_state_t::down && node.liveness().silent(now) &&
        !(shake.plain && node.connected()))
        mark_down(node);
    if (shake.welcomed && !shake.self && shake.fence_counter != 0 && shake.state != peer_state_t::down &&
        now - shake.fence_since >= fence_retry_ms) {
        _receiver.retire(shake.data_endpoint);
        _receiver.connect(shake.data_endpoint);
        fence_again(node);
    }
}
}
