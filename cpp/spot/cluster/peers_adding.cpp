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

peer_t *peers_t::add(const std::string &spelled, const endpoint_t &endpoint, const learned_t *learned)
{
    if (_table.find(endpoint)) {
        errno = EEXIST;
        return nullptr;
    }
    if (_table.size() >= _options.max_peers && (learned || !make_room())) {
        errno = ENOBUFS;
        return nullptr;
    }
    node_options_t options;
    options.linger_ms = _options.linger_ms;
    options.heartbeat_ms = _options.heartbeat_ms;
    options.max_topics = _options.max_topics_per_peer;
    options.max_peers = _options.max_peers;
    options.wary = learned != nullptr;
    auto peer = std::make_unique<peer_t>(_table.next_key(), spelled, endpoint, options, _node_id);
    if (peer->node.open(_ctx) != 0)
        return nullptr;
    peer_t *added = peer.get();
    if (learned) {
        added->origin.learned = added->origin.was_learned = true;
        added->origin.expected = learned->expected;
        added->origin.across = learned->across;
        added->origin.teller = learned->teller;
        added->origin.last_seen = now_ms();
    }
    _log.debug("peer ", quoted(spelled),
               " added: ", added->node.has_address() ? "connecting" : "looking up its name");
    _table.add(std::move(peer));
    if (attempt([&] { introduce(*added, learned); }))
        return added;
    forget_introduced(*added);
    throw std::bad_alloc();
}

// A learned peer goes when the user adds one.
bool peers_t::make_room()
{
    peer_t *const least = _table.least_wanted();
    if (least)
        remove(*least, parting_t::absent);
    return least != nullptr;
}

void peers_t::introduce(peer_t &peer, const learned_t *learned)
{
    _table.index_endpoint(peer);
    if (learned)
        _table.index_id(learned->expected, peer);
    _reasons.show(peer);
    if (learned && !learned->hosts.empty())
        _addresses.resolved(peer, {learned->hosts, {}, false});
    else
        _addresses.look_up(peer, now_ms());
}

// Needs no memory.
void peers_t::forget_introduced(peer_t &peer)
{
    _table.forget(peer);
    _state.remove_peer(peer.key());
    _state.drop_removed(peer.key());
    _table.erase(peer.key());
}

// What throws goes on when it is called again: it is a peer until all that needs memory is done.
void peers_t::remove(peer_t &peer, parting_t parting)
{
    const peer_key_t key = peer.key();
    _log.debug("peer ", peer, " removed");
    if (peer.origin.was_learned)
        _membership->on_gone(peer);
    if (!peer.handshake.is_up())
        _ways.abandon(peer);
    _reasons.end_inquiry(peer);
    _identities.drop(peer, parting);
    _mirror.drop_removed(peer);
    _table.forget(peer);
    _state.remove_peer(key);
    _table.erase(key);
    attempt([&] { _operations.peer_removed(key); }); // or those who wait for it hear of it at their deadline
    slice_t slice(bye_slice);
    attempt([&] { _mirror.drop(slice); });
}

// There was no memory for a part of the work on this peer: all is said once more, on a new connection. The
// peer keeps an identity that was adopted completely, and with it the messages that are on their way. If this
// throws, it is done again in the next turn.
void peers_t::begin_again(peer_t &peer)
{
    _log.debug("peer ", peer, " begins again: there was no memory for something that it said");
    peer.set_intake(nullptr);
    if (peer.handshake.is_half_adopted())
        _identities.drop(peer, parting_t::absent);
    if (peer.node.connect_anew(_ctx, *this) != 0)
        throw std::bad_alloc(); // there is no descriptor, which is as good
    peer.handshake.began_again();
    peer.subscriptions_missed = true;
    peer.all_ends_untold = true;
    peer.begins_again = false;
}

void peers_t::sweep()
{
    _table.sweep([this](peer_t &peer) { remove(peer, parting_t::drain); });
}
}
