// The fences of peers_t: a token tells when a receiver's subscriptions are in effect at a peer.
#include <algorithm>
#include <cerrno>
#include <iterator>
#include <utility>

#include "spot/cluster/peers.hpp"

namespace spot
{
namespace
{
// Without an answer to a fence for this long, a data connection that stands is made anew.
constexpr millis_t fence_retry_ms = 1000;
// Of one that has been given up more and more seldom.
constexpr int most_retry_doublings = 5;

template <typename Fences> auto fence_of(Fences &fences, receiver_id_t id)
{
    return std::find_if(fences.begin(), fences.end(),
                        [id](const spot_node_t::fence_t &fence) { return fence.receiver == id; });
}
}

// --- tokens --------------------------------------------------------------------------------------------

std::uint64_t peers_t::begin_fence(receiver_id_t id)
{
    const std::uint64_t counter = _next_counter++;
    if (receiver_t *const receiver = _receivers.find(id)) {
        token_t &token = _tokens[counter];
        token = {id, true}; // unless it is subscribed to
        receiver->subscribe_token({_node_id, counter});
        token.ended = false;
    }
    return counter;
}

// Without memory for saying so it is said at the next tick.
void peers_t::end_fence(std::uint64_t counter)
{
    const auto token = _tokens.find(counter);
    if (token == _tokens.end())
        return;
    receiver_t *const receiver = _receivers.find(token->second.receiver);
    token->second.ended = true;
    if (!receiver || attempt([&] { receiver->unsubscribe_token({_node_id, counter}); }))
        _tokens.erase(token);
}

void peers_t::end_tokens()
{
    for (auto token = _tokens.begin(); token != _tokens.end();) {
        const auto next = std::next(token);
        if (token->second.ended)
            end_fence(token->first);
        token = next;
    }
}

// --- the call that subscribes --------------------------------------------------------------------------

std::vector<operations_t::awaited_t> peers_t::awaited()
{
    std::vector<operations_t::awaited_t> list;
    for (auto &[key, node] : _nodes) {
        const spot_node_t::handshake_t &shake = node->handshake;
        if (shake.plain || shake.self || shake.node_id.empty() || shake.data_endpoint.empty() ||
            shake.state == peer_state_t::down)
            continue;
        const bool up = shake.state == peer_state_t::up;
        if (up || node->confirming.patience() > 0)
            list.push_back({shake.node_id, node->spelled(), up, node->confirming.patience()});
    }
    return list;
}

void peers_t::forget_receiver(receiver_id_t id)
{
    report_losses();
    for (auto token = _tokens.begin(); token != _tokens.end();) {
        if (token->second.receiver != id) {
            ++token;
            continue;
        }
        _operations.abandon_fence(token->first, ENOTSOCK);
        token = _tokens.erase(token);
    }
    for (auto &[key, node] : _nodes) {
        spot_node_t::handshake_t &shake = node->handshake;
        const auto fence = fence_of(shake.fences, id);
        if (fence == shake.fences.end())
            continue;
        shake.fences.erase(fence);
        shake.fenced = shake.fences.empty();
        attend(*node, [&, to = node.get()] { try_up(*to); });
    }
    for (auto entry = _standing.begin(); entry != _standing.end();)
        entry = entry->first == id ? _standing.erase(entry) : std::next(entry);
    _retiring.erase(std::remove_if(_retiring.begin(), _retiring.end(),
                                   [id](const retiring_t &entry) { return entry.receiver == id; }),
                    _retiring.end());
}

// --- the handshake -------------------------------------------------------------------------------------

bool peers_t::is_fencing(const spot_node_t &node, receiver_id_t id)
{
    return fence_of(node.handshake.fences, id) != node.handshake.fences.end();
}

bool peers_t::in_effect(const spot_node_t &node, receiver_id_t id)
{
    const spot_node_t::handshake_t &shake = node.handshake;
    return shake.welcomed && !shake.node_id.empty() && !shake.data_endpoint.empty() && !is_fencing(node, id);
}

void peers_t::fence_all(spot_node_t &node)
{
    drop_fences(node);
    if (node.confirming.held_off > 0) {
        node.handshake.fenced = false;
        return;
    }
    node.handshake.fenced = true; // unless there is somebody to wait for
    _receivers.each([&](receiver_id_t id, receiver_t &) { fence_again(node, id); });
}

void peers_t::fence_again(spot_node_t &node, receiver_id_t id)
{
    spot_node_t::handshake_t &shake = node.handshake;
    if (shake.data_endpoint.empty() || node.confirming.held_off > 0)
        return;
    const auto fence = fence_of(shake.fences, id);
    if (fence != shake.fences.end()) {
        end_fence(fence->counter);
        shake.fences.erase(fence);
    }
    shake.fenced = false;
    shake.fences.reserve(shake.fences.size() + 1);
    shake.fences.push_back({id, begin_fence(id), 0});
    _log.debug("peer ", node, ": subscriptions", of_receiver(id), " sent on the data connection, fence ",
               shake.fences.back().counter);
}

void peers_t::drop_fences(spot_node_t &node)
{
    for (const spot_node_t::fence_t &fence : std::exchange(node.handshake.fences, {}))
        end_fence(fence.counter);
}

void peers_t::on_fence(spot_node_t &node, const wire::token_t &token)
{
    if (token.subscriber != _node_id || node.handshake.node_id.empty())
        return on_ignored();
    const wire::node_id_t id = node.handshake.node_id;
    _log.debug("peer ", node, " confirmed fence ", token.counter);
    if (speaks_for_id(node))
        _operations.fenced(id, token.counter);
    for (auto &[key, other] : _nodes) {
        spot_node_t::handshake_t &shake = other->handshake;
        const auto fence =
            std::find_if(shake.fences.begin(), shake.fences.end(),
                         [&](const spot_node_t::fence_t &it) { return it.counter == token.counter; });
        if (shake.node_id != id || fence == shake.fences.end() || !may_confirm(node, *other))
            continue;
        const receiver_id_t receiver = fence->receiver;
        shake.fences.erase(fence);
        shake.fenced = shake.fences.empty();
        end_fence(token.counter);
        attend(*other, [&, to = other.get()] {
            if (to->handshake.state == peer_state_t::up) // otherwise it is told of all of them when it is
                tell_subscriptions(*to, subscriptions_of(receiver));
            try_up(*to);
        });
    }
}

// For one that is known by two names, either link's answer will do; but not that of an impostor.
bool peers_t::may_confirm(const spot_node_t &answering, const spot_node_t &asked)
{
    return &answering == &asked || same_place(answering, asked) || speaks_for_id(answering);
}

bool peers_t::stands(receiver_id_t id, const std::string &endpoint) const
{
    endpoint_t parsed; // within the process there is no handshake, and nothing is told of one
    return (parse_endpoint(endpoint, parsed) && parsed.scheme == scheme_t::inproc) ||
           _standing.count({id, endpoint}) > 0;
}

bool peers_t::reaches_data(const spot_node_t &node) const
{
    const spot_node_t::handshake_t &shake = node.handshake;
    return std::all_of(shake.fences.begin(), shake.fences.end(), [&](const spot_node_t::fence_t &fence) {
        return stands(fence.receiver, shake.data_endpoint);
    });
}

// A handshake over a long line may take longer than a token and its answer ever do.
bool peers_t::is_overdue(const spot_node_t &node, const spot_node_t::fence_t &fence) const
{
    const bool standing = stands(fence.receiver, node.handshake.data_endpoint);
    const int doublings = std::min(node.confirming.retries, most_retry_doublings);
    return fence.waited >= (standing ? fence_retry_ms : stuck_connection_ms) << doublings;
}

// Made anew, a data connection gets its filters anew.
void peers_t::retry_fences(spot_node_t &node)
{
    const std::string &endpoint = node.handshake.data_endpoint;
    const std::vector<spot_node_t::fence_t> fences = node.handshake.fences; // a copy: they change
    bool any = false;
    for (const spot_node_t::fence_t &fence : fences) {
        if (!is_overdue(node, fence))
            continue;
        any = true;
        _log.debug("peer ", node, " did not confirm fence ", fence.counter, " within ", fence.waited,
                   " ms: making the data connection", of_receiver(fence.receiver), " anew");
        if (node.handshake.state != peer_state_t::up && !stands(fence.receiver, endpoint))
            explain(node, cause_t::data_unreachable, endpoint);
        if (receiver_t *const receiver = _receivers.find(fence.receiver)) {
            _standing.erase({fence.receiver, endpoint});
            receiver->retire(endpoint);
            receiver->connect(endpoint);
        }
        fence_again(node, fence.receiver);
    }
    node.confirming.retries += node.confirming.given_up && any ? 1 : 0;
}
}
