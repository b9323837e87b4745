// Part of peers_t: how peers come, and how they go.
#include <cerrno>
#include <iterator>
#include <new>
#include <utility>

#include "spot/cluster/peers.hpp"

namespace spot
{
namespace
{
// The topics of who leaves are gone at once, unless they are very many.
constexpr std::chrono::microseconds bye_slice{1000};
}

spot_node_t *peers_t::add(const std::string &spelled, const endpoint_t &endpoint, const learned_t *learned)
{
    if (find(endpoint)) {
        errno = EEXIST;
        return nullptr;
    }
    if (_nodes.size() >= _options.max_peers && (learned || !make_room())) {
        errno = ENOBUFS;
        return nullptr;
    }
    node_options_t options;
    options.linger_ms = _options.linger_ms;
    options.heartbeat_ms = _options.heartbeat_ms;
    options.max_topics = _options.max_topics_per_peer;
    options.max_peers = _options.max_peers;
    options.wary = learned != nullptr;
    auto node = std::make_unique<spot_node_t>(_next_key, spelled, endpoint, options);
    if (node->open(_ctx) != 0)
        return nullptr;
    spot_node_t *added = node.get();
    if (learned) {
        added->origin.learned = added->origin.was_learned = true;
        added->origin.expected = learned->expected;
        added->origin.across = learned->across;
        added->origin.teller = learned->teller;
        added->origin.last_seen = now_ms();
    }
    _log.debug("peer ", quoted(spelled),
               " added: ", added->has_address() ? "connecting" : "looking up its name");
    const auto place = _nodes.emplace(_next_key, std::move(node)).first;
    ++_next_key;
    if (attempt([&] { introduce(*added, learned); }))
        return added;
    forget_introduced(*added);
    _nodes.erase(place);
    throw std::bad_alloc();
}

void peers_t::introduce(spot_node_t &node, const learned_t *learned)
{
    _by_endpoint.emplace(node.endpoint().text(), node.key());
    if (learned)
        index(learned->expected, node);
    publish_record(node);
    if (learned && !learned->hosts.empty())
        resolved(node, {learned->hosts, {}, false});
    else
        look_up(node, now_ms());
}

// Needs no memory.
void peers_t::forget_introduced(spot_node_t &node)
{
    const auto drop = [&](auto &places) {
        for (auto place = places.begin(); place != places.end();)
            place = place->second == node.key() ? places.erase(place) : std::next(place);
    };
    drop(_by_endpoint);
    drop(_by_id);
    drop(_by_address);
    _state.remove_peer(node.key());
    _state.drop_removed(node.key());
}

// What throws goes on when it is called again: it is a peer until all that needs memory is done.
void peers_t::remove(spot_node_t &node, parting_t parting)
{
    const peer_key_t key = node.key();
    _log.debug("peer ", node, " removed");
    if (node.origin.was_learned)
        _membership->on_gone(node);
    if (node.handshake.state != peer_state_t::up)
        abandon_way(node);
    end_inquiry(node);
    drop_identity(node, parting);
    index_addresses(node, false);
    const auto place = _by_endpoint.find(node.endpoint().text());
    _dropped.push_back({key, node.spelled(), true});
    unindex(node.origin.expected, node);
    if (place != _by_endpoint.end())
        _by_endpoint.erase(place);
    _state.remove_peer(key);
    _nodes.erase(key);
    attempt([&] { _operations.peer_removed(key); }); // or those who wait for it hear of it at their deadline
    slice_t slice(bye_slice);
    attempt([&] { drop_topics(slice); });
}
}
