#include "spot/cluster/node_sessions.hpp"

#include <map>
#include <utility>

namespace spot
{
namespace
{
constexpr std::size_t max_early_tokens = 4096;
}

// --- messages of nodes ---------------------------------------------------------------------------------

bool node_sessions_t::take_losses(const std::string &address, const wire::frame_views_t &frames)
{
    std::vector<wire::loss_entry_t> losses;
    if (!wire::decode_lost(frames, losses))
        return false;
    const client_t *const client = _clients.find(address);
    const std::shared_ptr<peer_counters_t> peer =
        client ? _state.peers.counters_of(client->node_id) : nullptr;
    for (const wire::loss_entry_t &loss : losses) {
        _counters.overflowed.add(loss.count);
        if (peer)
            peer->overflowed.add(loss.count);
        if (const std::shared_ptr<outlet_t> outlet = _publisher.find(loss.topic))
            outlet->overflowed.add(loss.count);
    }
    return true;
}

bool node_sessions_t::take_subs(const std::string &address, const wire::frame_views_t &frames)
{
    wire::subs_t subs;
    if (!wire::decode_subs(frames, subs))
        return false;
    client_t *const client = _clients.find(address);
    if (client && client->node_id == _welcome.node_id)
        return true; // this node has its own lists already
    if (client && client->is_node()) {
        if (_state.subscribers.set(client->node_id, subs.receiver_id, std::move(subs.names)))
            return true;
        // This node does not know the node's subscriptions, so that only marks tell it how far streams are.
        client->features &= ~wire::feature_ends;
    }
    _counters.ignored.add(1);
    return true;
}

bool node_sessions_t::take_ends(const std::string &address, const wire::frame_views_t &frames)
{
    wire::ends_t ends;
    if (!wire::decode_ends(frames, ends))
        return false;
    const client_t *const client = _clients.find(address);
    if (!client || !client->is_node())
        _counters.ignored.add(1);
    else if (!ends.ends.empty())
        ends_heard(client->node_id.source(), std::move(ends.ends));
    return true;
}

bool node_sessions_t::take_barrier(const std::string &address, const wire::frame_views_t &frames)
{
    wire::barrier_t barrier;
    if (!wire::decode_barrier(frames, barrier))
        return false;
    const client_t *const client = _clients.find(address);
    if (!client || !client->is_node())
        _counters.ignored.add(1);
    else
        _publisher.send_barrier(client->node_id, barrier.receiver_id, barrier.number);
    return true;
}

// --- messages to nodes ---------------------------------------------------------------------------------

void node_sessions_t::fence(const wire::token_t &token)
{
    if (token.subscriber == _welcome.node_id)
        return;
    const std::vector<std::string> addresses = _clients.addresses_of(token.subscriber);
    if (addresses.empty()) {
        _early_tokens.push_back(token);
        if (_early_tokens.size() > max_early_tokens)
            _early_tokens.pop_front();
        return;
    }
    _log.debug("fence ", token.counter, " of node ", token.subscriber,
               " answered: its subscriptions are in effect here");
    _state.subscribers.serve(token.subscriber);
    for (const std::string &address : addresses)
        if (const client_t *const client = _clients.find(address))
            _out.reply(address, client->delimiter, wire::encode_fence(token));
}

// To all nodes with that source id: several may share one, and the message does not say which of them it was.
void node_sessions_t::tell_losses(wire::source_t publisher, const std::vector<wire::loss_entry_t> &losses)
{
    for (const std::string &address : _clients.addresses_of(publisher))
        if (const client_t *const client = _clients.find(address))
            _out.reply(address, client->delimiter, wire::encode_lost(losses));
}

bool node_sessions_t::tell_ends(const wire::node_id_t &node, const wire::ends_t &ends)
{
    for (const std::string &address : _clients.addresses_of(node)) {
        const client_t *const client = _clients.find(address);
        if (!client)
            continue;
        if ((client->features & wire::feature_ends) == 0 ||
            _out.reply(address, client->delimiter, wire::encode_ends(ends)))
            return true;
    }
    return false;
}

bool node_sessions_t::has_older_nodes() const
{
    return _clients.any([](const client_t &client) {
        return client.is_node() && (client.features & wire::feature_ends) == 0;
    });
}

bool node_sessions_t::ask_for_barrier(wire::source_t publisher, const wire::barrier_t &barrier)
{
    const std::vector<std::string> addresses = _clients.addresses_of(publisher);
    const client_t *const client = addresses.empty() ? nullptr : _clients.find(addresses.front());
    if (!client)
        return false;
    _out.reply(addresses.front(), client->delimiter, wire::encode_barrier(barrier));
    return true;
}

void node_sessions_t::say_bye()
{
    for (const std::string &address : _clients.node_addresses())
        if (const client_t *const client = _clients.find(address))
            _out.reply(address, client->delimiter, wire::encode_bye());
}

// --- news of other nodes -------------------------------------------------------------------------------

void node_sessions_t::tell_peers(const std::function<wire::frames_t(const distance_t &distance)> &message)
{
    std::map<distance_t, wire::frames_t> made;
    for (const std::string &address : _clients.node_addresses()) {
        const client_t *const client = _clients.find(address);
        if (!client)
            continue;
        auto frames = made.find(client->distance);
        if (frames == made.end())
            frames = made.emplace(client->distance, message(client->distance)).first;
        if (!frames->second.empty())
            _out.send(address, client->delimiter, frames->second, load_t::answer);
    }
}

void node_sessions_t::remind_peers()
{
    if (_clients.addresses_of_nodes() == 0)
        return;
    _next_reminded = (_next_reminded + 1) % _clients.addresses_of_nodes();
    const std::string address = _clients.node_address(_next_reminded);
    const client_t *const client = _clients.find(address);
    if (!client)
        return;
    const wire::frames_t frames = peers_for(client->distance);
    if (!frames.empty())
        _out.send(address, client->delimiter, frames, load_t::answer);
}
}
